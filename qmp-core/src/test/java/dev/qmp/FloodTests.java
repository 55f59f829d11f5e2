package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.RejectedException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.RunstateRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** A server that sends far too much. */
@Timeout(30)
class FloodTests {

    private static final int MEBI = 1 << 20;

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .name("flooded")
            .reconnect(ReconnectPolicy.never())
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    @DisplayName("#40 error storm: of a thousand errors without ids the second ends the session, in one line of log")
    void endsOnceForAThousandErrors() {
        RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> underWay = client.execute("query-status");
        peer.hear("query-status");
        String error = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\r\n";
        try (LogRecorder log = LogRecorder.of("dev.qmp")) {
            try {
                peer.sayPart(error.repeat(1026));
            } catch (UncheckedIOException theClientHasSeenEnough) {
                // the second of them ends the session
            }

            await().until(() -> client.runstate() == Runstate.IDLE);
            assertThat(log.at(Level.ERROR)).isEmpty();
            assertThat(log.at(Level.WARN))
                    .satisfiesExactly(
                            line -> assertThat(line).contains("taken for the reply to query-status"),
                            line -> assertThat(line).contains("The session ended", "CONNECTION_LOST", "without an id"));
        }
        assertThat(underWay)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(RejectedException.class);
        runstates.assertSequence(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE);
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ProtocolException.class, violation -> assertThat(violation.violation())
                        .isEqualTo(Violation.UNATTRIBUTED_ERROR));
    }

    @Test
    @DisplayName("#58 a message without an end is cut off at the limit: no more is taken in")
    void takesInNoMoreThanOneMessage() {
        Peer peer = server.connect(client);
        byte[] piece = new byte[MEBI / 4];
        Arrays.fill(piece, (byte) 'x');
        long said = 0;
        peer.sayPart("{\"return\": \"");
        try {
            while (said < 64L * MEBI) {
                peer.sayBytes(piece);
                said += piece.length;
            }
        } catch (UncheckedIOException hungUp) {
            // that is what it is about
        }
        assertThat(said).as("the rest was refused").isBetween(16L * MEBI - piece.length, 18L * MEBI);
        await().until(() -> client.runstate() == Runstate.IDLE);
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ProtocolException.class, violation -> assertThat(violation.violation())
                        .isEqualTo(Violation.FRAME_TOO_LONG));
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * For any bytes of a server, before or in a session, every command gets its outcome, and the connection ends. Inputs
 * that failed once are in {@code DispatcherFuzzTestsInputs}, where {@code @ID@} is the id of a waiting command.
 */
class DispatcherFuzzTests {

    @FuzzTest(maxDuration = "3m")
    void whateverAServerSays(byte[] bytes) throws Exception {
        try (ScriptedServer server = ScriptedServer.start();
                QmpClient client = QmpClient.builder(server.endpoint())
                        .reconnect(ReconnectPolicy.never())
                        .build()) {
            Peer peer = server.connect(client);
            CompletableFuture<?> inBand = client.execute("query-status");
            CompletableFuture<?> outOfBand =
                    client.execute(QmpCommand.of("query-yank").outOfBand());
            String id = peer.hear().get("id").stringValue();
            String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("@ID@", id);
            try {
                peer.sayBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            } catch (UncheckedIOException hungUp) {
                // the client has read enough
            }
            peer.close();

            assertHasOutcome(inBand);
            assertHasOutcome(outOfBand);
            client.disconnect().exceptionally(failure -> null).get(10, TimeUnit.SECONDS);
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            assertThat(client.status().pending()
                            + client.status().queued()
                            + client.status().abandoned())
                    .isZero();
        }
    }

    @FuzzTest(maxDuration = "3m")
    void whateverAServerSaysFirst(byte[] bytes) throws Exception {
        try (ScriptedServer server = ScriptedServer.start();
                QmpClient client = QmpClient.builder(server.endpoint())
                        .reconnect(ReconnectPolicy.never())
                        .build()) {
            CompletableFuture<Void> connected = client.connect();
            Peer peer = server.accept();
            try {
                peer.sayBytes(bytes);
            } catch (UncheckedIOException hungUp) {
                // the client has read enough
            }
            peer.close();

            assertHasOutcome(connected);
            assertThat(connected)
                    .as("nobody can know the id of the negotiation")
                    .isCompletedExceptionally();
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        }
    }

    private static void assertHasOutcome(CompletableFuture<?> future) throws Exception {
        try {
            future.handle((result, failure) -> null).get(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("a command without an outcome", e);
        }
    }
}

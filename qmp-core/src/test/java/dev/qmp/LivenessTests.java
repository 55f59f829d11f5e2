package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.MainLoopBlocker;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A server that is busy is waited for; one that is dead is left. */
@Timeout(30)
class LivenessTests {

    private static final Duration PATIENCE = Duration.ofMillis(100);
    /** Where a server has to answer in time: more than a busy machine holds it up. */
    private static final Duration LONG_PATIENCE = Duration.ofSeconds(1);

    private final ScriptedServer server = ScriptedServer.start();
    private QmpClient client = builder(server.endpoint()).build();

    private static QmpClientBuilder builder(Endpoint endpoint) {
        return QmpClient.builder(endpoint)
                .name("liveness")
                .livenessTimeout(PATIENCE)
                .disconnectTimeout(PATIENCE)
                .reconnect(ReconnectPolicy.never());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    @DisplayName("#32 a server that answers out of band is busy, and is waited for")
    void waitsForABusyServer() {
        client = builder(server.endpoint()).livenessTimeout(LONG_PATIENCE).build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode command = peer.hear("slow");
        for (int i = 0; i < 2; i++) {
            ObjectNode question = peer.hear("query-yank");
            assertThat(question.has("exec-oob")).isTrue();
            peer.answer(question, "[]");
        }
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);

        peer.answer(command, "\"done\"");

        assertThat(slow.join().stringValue()).isEqualTo("done");
        assertThat(client.status().strayReplies()).isZero();
    }

    @Test
    @DisplayName("#32 an error is an answer too")
    void takesAnErrorForAnAnswer() {
        client = builder(server.endpoint()).livenessTimeout(LONG_PATIENCE).build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode command = peer.hear("slow");
        peer.reject(peer.hear("query-yank"), "CommandNotFound", "The command query-yank has not been found");
        peer.reject(peer.hear("query-yank"), "CommandNotFound", "The command query-yank has not been found");
        peer.answer(command, "{}");

        assertThat(slow).succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("#32 a server that does not answer out of band is dead: outcome unknown, IDLE")
    void leavesADeadServer() {
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        peer.hear("slow");
        peer.hear("query-yank");

        Throwable failure = catchThrowable(slow::join);
        assertThat(failure).isInstanceOf(CompletionException.class);
        assertThat(failure.getCause())
                .isInstanceOf(OutcomeUnknownException.class)
                .hasCauseInstanceOf(ConnectionLostException.class);
        assertThat(failure.getCause().getCause()).hasMessageContaining("did not answer the out-of-band probe");
        await().until(() -> client.runstate() == Runstate.IDLE);
        assertThat(peer.hearsTheEnd()).isTrue();
    }

    @Test
    @DisplayName("#32 bytes of a reply that is not whole yet are a sign of life")
    void input20BytesOfAnUnfinishedReplyAreASignOfLife() {
        client = builder(server.endpoint()).livenessTimeout(LONG_PATIENCE).build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode command = peer.hear("slow");
        peer.sayPart("{\"id\": " + command.get("id") + ", \"return\": \"");
        for (int i = 0; i < 2; i++) {
            peer.hear("query-yank"); // after one timeout of silence; a second one would end the session
            peer.sayPart("x");
        }
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);

        peer.say("\"}");

        assertThat(slow.join().stringValue()).isEqualTo("xx");
    }

    @Test
    @RequiresQemu
    @DisplayName("#32 a frozen QEMU is found, however many commands are sent to it")
    void input26AFrozenQemuIsFoundWhateverIsSent() {
        try (Qemu qemu = Qemu.start();
                QmpClient steering =
                        builder(qemu.endpoint()).livenessTimeout(LONG_PATIENCE).build()) {
            steering.blocking().connect();
            qemu.freeze();
            await().pollInterval(Duration.ofMillis(20)).until(() -> {
                steering.execute("query-status");
                steering.execute(QmpCommand.of("query-yank").outOfBand());
                return steering.runstate() == Runstate.IDLE;
            });

            assertThat(steering.status().lastError()).hasMessageContaining("did not answer the out-of-band probe");
        }
    }

    @Test
    @DisplayName("#32 without out-of-band there is no probe: the command's own deadline decides")
    void asksNobodyWithoutOutOfBand() {
        client = builder(server.endpoint())
                .outOfBand(false)
                .commandTimeout(LONG_PATIENCE)
                .build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode command = peer.hear("slow");

        assertThat(slow)
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(CommandTimeoutException.class);
        peer.answer(command, "{}");
        client.execute("next");
        peer.hear("next");
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("#32 a server that is busy during a disconnect is not declared dead: no probe can be sent")
    void doesNotJudgeWhatItCannotAsk() {
        client = builder(server.endpoint())
                .livenessTimeout(LONG_PATIENCE)
                .disconnectTimeout(Duration.ofSeconds(10))
                .build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode command = peer.hear("slow");
        CompletableFuture<Void> disconnected = client.disconnect();
        assertThat(slow)
                .as("longer than a verdict takes")
                .failsWithin(LONG_PATIENCE.multipliedBy(3))
                .withThrowableThat()
                .isInstanceOf(TimeoutException.class);

        peer.answer(command, "\"done\"");

        assertThat(slow.join().stringValue()).isEqualTo("done");
        assertThat(disconnected).succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    @RequiresQemu
    @DisplayName("#32 a QEMU busy with another client's command is not dead, though all eight of ours wait unread")
    void waitsForAQemuThatReadsNoFurther() {
        try (Qemu qemu = Qemu.start();
                LogRecorder log = LogRecorder.of("dev.qmp.QmpClient");
                QmpClient other = QmpClient.builder(qemu.oracle()).build();
                QmpClient steering = builder(qemu.endpoint())
                        .livenessTimeout(LONG_PATIENCE)
                        .maxInFlight(8)
                        .build()) {
            other.blocking().connect();
            steering.blocking().connect();
            MainLoopBlocker blocker = new MainLoopBlocker(qemu);
            CompletableFuture<JsonNode> blocked = other.execute(blocker.command());
            await().until(blocker::isBlocking);
            List<CompletableFuture<JsonNode>> waiting = Stream.generate(() -> steering.execute("query-status"))
                    .limit(8)
                    .toList();
            await().until(() -> steering.status().pending() == 8);
            assertThat(CompletableFuture.anyOf(waiting.toArray(CompletableFuture[]::new)))
                    .as("longer than a verdict takes")
                    .failsWithin(LONG_PATIENCE.multipliedBy(3))
                    .withThrowableThat()
                    .isInstanceOf(TimeoutException.class);
            assertThat(steering.runstate()).isEqualTo(Runstate.RUNNING);
            assertThat(blocked).isNotDone();

            blocker.release();
            assertThat(waiting).allSatisfy(status -> assertThat(status).succeedsWithin(Duration.ofSeconds(10)));
            assertThat(log.at(Level.WARN)).isEmpty();
        }
    }

    @Test
    @RequiresQemu
    @DisplayName("#32 a QEMU whose main loop is blocked is busy; one that is frozen is dead")
    void tellsABlockedQemuFromAFrozenOne() {
        try (Qemu qemu = Qemu.start();
                LogRecorder log = LogRecorder.of("dev.qmp.QmpClient");
                QmpClient steering =
                        builder(qemu.endpoint()).livenessTimeout(LONG_PATIENCE).build()) {
            steering.blocking().connect();
            MainLoopBlocker blocker = new MainLoopBlocker(qemu);
            CompletableFuture<JsonNode> blocked = steering.execute(blocker.command());
            await().until(() -> log.at(Level.DEBUG).stream()
                            .filter(line -> line.contains("probing the server out of band"))
                            .count()
                    >= 2);
            assertThat(blocked).isNotDone();
            blocker.release();
            assertThat(blocked).succeedsWithin(Duration.ofSeconds(10));

            qemu.freeze();
            CompletableFuture<JsonNode> lost = steering.execute(QmpCommand.of("query-status"));
            assertThat(lost)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withCauseInstanceOf(OutcomeUnknownException.class);
            await().until(() -> steering.runstate() == Runstate.IDLE);
            assertThat(steering.status().lastError()).hasMessageContaining("did not answer the out-of-band probe");
        }
    }
}

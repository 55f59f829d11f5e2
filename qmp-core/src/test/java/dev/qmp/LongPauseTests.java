package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** After a pause of the JVM, a suspended host or a loop that was held up: what has arrived counts. */
@Timeout(20)
class LongPauseTests {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    @Test
    @DisplayName("#83 a reply that arrived during a pause beats the deadline that passed in it")
    void readsBeforeItJudges() {
        try (ScriptedServer server = ScriptedServer.start();
                QmpClient client = QmpClient.builder(server.endpoint())
                        .callbackExecutor(Runnable::run)
                        .build()) {
            Peer peer = server.connect(client);
            CompletableFuture<JsonNode> first = client.execute("first");
            ObjectNode firstCommand = peer.hear("first");
            CountDownLatch paused = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            first.thenRun(() -> {
                paused.countDown();
                awaitUninterruptibly(over);
            });
            CompletableFuture<JsonNode> second =
                    client.execute(QmpCommand.of("second").withTimeout(TIMEOUT));
            ObjectNode secondCommand = peer.hear("second");
            long due = System.nanoTime() + TIMEOUT.toNanos();

            peer.answer(firstCommand, "{}");
            awaitUninterruptibly(paused);
            peer.answer(secondCommand, "42");
            await().until(() -> System.nanoTime() - due > Duration.ofMillis(100).toNanos());
            over.countDown();

            assertThat(second).succeedsWithin(Duration.ofSeconds(10)).satisfies(result -> assertThat(result.intValue())
                    .isEqualTo(42));
            assertThat(client.status().abandoned()).isZero();
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
            peer.close();
        }
    }
}

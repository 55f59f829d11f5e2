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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** After a pause of the JVM, a suspended host or a loop that was held up: what has arrived counts. */
@Timeout(20)
class LongPauseTests {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    @ParameterizedTest
    @DisplayName("#83 a reply that arrived during a pause beats the deadline that passed in it")
    @ValueSource(ints = {10, 100})
    void readsBeforeItJudges(int late) {
        assertThat(replyInAPause(late, "42"))
                .succeedsWithin(Duration.ofSeconds(10))
                .satisfies(result -> assertThat(result.intValue()).isEqualTo(42));
    }

    @Test
    @DisplayName("#83 so does a reply that is longer than the buffer of its socket")
    void readsALongReplyBeforeItJudges() {
        String text = "x".repeat(8 << 20);
        assertThat(replyInAPause(1000, '"' + text + '"'))
                .succeedsWithin(Duration.ofSeconds(10))
                .satisfies(result -> assertThat(result.stringValue().length()).isEqualTo(text.length()));
    }

    /** {@return the result of a command, whose reply arrives while its loop waits until after the deadline} */
    private static CompletableFuture<JsonNode> replyInAPause(int lateMillis, String reply) {
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
            long end = System.nanoTime() + TIMEOUT.plusMillis(lateMillis).toNanos();

            peer.answer(firstCommand, "{}");
            awaitUninterruptibly(paused);
            CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> peer.answer(secondCommand, reply));
            await().pollInterval(Duration.ofMillis(2)).until(() -> System.nanoTime() - end > 0);
            over.countDown();

            assertThat(answered).succeedsWithin(Duration.ofSeconds(10));
            await().until(second::isDone);
            assertThat(client.status().abandoned()).isZero();
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
            peer.close();
            return second;
        }
    }
}

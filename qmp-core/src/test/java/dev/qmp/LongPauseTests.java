package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import dev.qmp.testing.TestKeys;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
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
        String text = "x".repeat(1 << 20);
        assertThat(replyInAPause(1000, '"' + text + '"'))
                .succeedsWithin(Duration.ofSeconds(10))
                .satisfies(result -> assertThat(result.stringValue().length()).isEqualTo(text.length()));
    }

    @Test
    @DisplayName("#83 a handshake that a pause interrupts goes on, although its deadline has passed")
    void theHandshakeGoesOn() {
        EventLoops loops = EventLoops.create(1);
        try (PausedLoop loop = new PausedLoop(loops);
                ScriptedServer server = ScriptedServer.start();
                QmpClient client = QmpClient.builder(server.endpoint())
                        .eventLoops(loops)
                        .handshakeTimeout(TIMEOUT)
                        .build()) {
            CompletableFuture<Void> connected = client.connect();
            Peer peer = server.accept().say(ScriptedServer.GREETING);
            ObjectNode negotiation = peer.hear("qmp_capabilities");
            long due = System.nanoTime() + TIMEOUT.toNanos();
            loop.pause();
            peer.answer(negotiation, "{}");
            awaitTime(due + MILLISECONDS.toNanos(50));
            loop.resume();

            ObjectNode next = peer.hear("query-uuid");
            awaitTime(due + MILLISECONDS.toNanos(300)); // longer than the loop reads on
            peer.answer(next, "{\"UUID\": \"00000000-0000-0000-0000-000000000000\"}");
            peer.answer(peer.hear("query-name"), "{}");

            assertThat(connected).succeedsWithin(Duration.ofSeconds(10));
            peer.close();
        } finally {
            loops.close();
        }
    }

    @Test
    @DisplayName("#83 a TLS handshake that a pause interrupts goes on, although its deadline has passed")
    void theTlsHandshakeGoesOn(@TempDir Path folder) throws IOException {
        TestKeys keys = TestKeys.make(folder, "server", "ip:127.0.0.1");
        EventLoops loops = EventLoops.create(1);
        try (PausedLoop loop = new PausedLoop(loops);
                RawServer server = RawServer.tcp()) {
            LineProbe probe = new LineProbe(ProtocolOptions.builder("tls")
                    .eventLoops(loops)
                    .tls(TlsOptions.of(keys.trustingAll()))
                    .connectTimeout(TIMEOUT)
                    .build());
            CompletableFuture<Void> connected = probe.connect(server.endpoint());
            RawPeer peer = server.accept();
            peer.awaitTls();
            long due = System.nanoTime() + TIMEOUT.toNanos();
            loop.pause();
            CompletableFuture<OutputStream> served = new CompletableFuture<>();
            Thread serving = new Thread(() -> {
                try {
                    served.complete(peer.serveTls(keys.trustingAll()));
                } catch (IOException e) {
                    served.completeExceptionally(e);
                }
            });
            serving.start();
            awaitTime(due + MILLISECONDS.toNanos(50));
            loop.resume();

            assertThat(served).succeedsWithin(Duration.ofSeconds(10));
            assertThat(connected).succeedsWithin(Duration.ofSeconds(10));
            peer.close();
        } finally {
            loops.close();
        }
    }

    private static void awaitTime(long nanos) {
        await().pollInterval(Duration.ofMillis(2)).until(() -> System.nanoTime() - nanos > 0);
    }

    /**
     * A loop that stands still within a read. After it, the timers that are due run before the next read, as after a
     * pause of the JVM.
     */
    private static final class PausedLoop implements AutoCloseable {

        private final RawServer server = RawServer.tcp();
        private final CountDownLatch paused = new CountDownLatch(1);
        private final CountDownLatch over = new CountDownLatch(1);
        private final RawPeer peer;

        PausedLoop(EventLoops loops) {
            LineProbe probe = new LineProbe(
                    ProtocolOptions.builder("pause").eventLoops(loops).build());
            probe.onMessage = line -> {
                paused.countDown();
                awaitUninterruptibly(over);
            };
            CompletableFuture<Void> connected = probe.connect(server.endpoint());
            this.peer = server.accept();
            connected.join();
        }

        void pause() {
            peer.write("pause\n");
            awaitUninterruptibly(paused);
        }

        void resume() {
            over.countDown();
        }

        @Override
        public void close() {
            resume();
            peer.close();
            server.close();
        }
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
            awaitTime(end);
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

package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.testing.TestKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tasks of a handshake, step by step: the test runs them in place of other threads. */
class TlsEngineIntegrationTests {

    @TempDir
    static Path folder;

    private static TestKeys keys;

    private final Threads threads = new Threads();
    private final EmbeddedChannel channel = new EmbeddedChannel(new Dialer.Placeholder());
    private final AtomicInteger arrivals = new AtomicInteger();
    private final AtomicInteger checks = new AtomicInteger();
    private final List<String> outcomes = new ArrayList<>();
    private final SSLEngine server = keys.trustingAll().createSSLEngine();
    private final ByteBuffer toServer = ByteBuffer.allocate(64 * 1024);
    private Runnable check = checks::incrementAndGet;
    private SSLContext context = keys.trustingAll(() -> check.run());

    @BeforeAll
    static void makeKeys() {
        keys = TestKeys.make(folder, "both", "dns:localhost");
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        threads.shutdown();
    }

    /** Keeps the tasks for the test. */
    static final class Threads extends ThreadPoolExecutor {

        final Deque<Runnable> tasks = new ArrayDeque<>();
        private @Nullable Error shortage;

        Threads() {
            super(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        }

        @Override
        public void execute(Runnable task) {
            if (shortage != null) {
                throw shortage;
            }
            tasks.add(task);
        }

        @Override
        public boolean remove(Runnable task) {
            return tasks.remove(task);
        }
    }

    /** Begins a handshake, and continues until the client has the first task. */
    private void start() throws SSLException {
        server.setUseClientMode(false);
        SSLEngine client = TlsHandshake.engine(TlsOptions.of(context), false, Endpoint.tcp("localhost", 4444));
        TlsHandshake.start(
                channel,
                new TlsEngine(client, threads),
                arrivals::incrementAndGet,
                failure -> outcomes.add(failure == null ? "success" : describe(failure)));
        exchange();
    }

    private static String describe(QmpConnectException failure) {
        return String.valueOf(failure.getMessage());
    }

    /** Lets the server read all that the client has written, and the client what the server answers, byte by byte. */
    private void exchange() throws SSLException {
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            toServer.put(bytes.nioBuffer());
            bytes.release();
        }
        toServer.flip();
        ByteBuffer plain = ByteBuffer.allocate(64 * 1024);
        while (server.unwrap(toServer, plain).bytesConsumed() > 0
                || server.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            runTasksOfServer();
        }
        toServer.compact();
        while (server.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            send("");
        }
    }

    private void runTasksOfServer() {
        for (Runnable task = server.getDelegatedTask(); task != null; task = server.getDelegatedTask()) {
            task.run();
        }
    }

    private void send(String text) throws SSLException {
        ByteBuffer record = ByteBuffer.allocate(64 * 1024);
        SSLEngineResult result = server.wrap(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), record);
        assertThat(result.getStatus()).isEqualTo(SSLEngineResult.Status.OK);
        record.flip();
        while (record.hasRemaining() && channel.isOpen()) {
            channel.writeInbound(Unpooled.buffer(1).writeByte(record.get()));
        }
    }

    /** Runs the client's tasks until it needs none. */
    private void runTasks() throws SSLException {
        for (Runnable task = threads.tasks.poll(); task != null; task = threads.tasks.poll()) {
            task.run();
            channel.runPendingTasks();
        }
        if (channel.isOpen()) {
            exchange();
        }
    }

    @Test
    @DisplayName("bytes that arrive while a task is queued are handled in their order after it, and count once")
    void bytesWait() throws SSLException {
        start();
        assertThat(threads.tasks).hasSize(1);
        assertThat(channel.config().isAutoRead()).isFalse(); // not without a bound
        assertThat(outcomes).isEmpty();
        int arrived = arrivals.get();
        assertThat(arrived).isGreaterThan(500); // the whole answer, with its certificate

        runTasks();

        assertThat(outcomes).containsExactly("success");
        assertThat(checks).hasValue(1);
        assertThat(channel.config().isAutoRead()).isTrue();
        int before = arrivals.get();
        send("hello");
        ByteBuf heard = channel.readInbound();
        assertThat(heard.toString(StandardCharsets.US_ASCII)).isEqualTo("hello");
        heard.release();
        assertThat(arrivals.get() - before).isBetween(20, 60);
    }

    @Test
    @DisplayName("an attempt that is closed while its task is queued ends at once, and the task is not run")
    void closedBeforeTheTask() throws SSLException {
        start();
        Runnable begun = threads.tasks.getFirst();

        channel.close();

        assertThat(channel.isOpen()).isFalse();
        assertThat(threads.tasks).isEmpty();
        assertThat(outcomes).hasSize(1).doesNotContain("success");
        begun.run(); // its thread had taken it from the queue
        channel.runPendingTasks();
        assertThat(checks).hasValue(0);
        channel.checkException();
    }

    @Test
    @DisplayName("an attempt that is closed while its check runs ends at once, and the check's result has no effect")
    void closedDuringTheTask() throws SSLException {
        check = () -> {
            checks.incrementAndGet();
            channel.close();
            channel.runPendingTasks();
            assertThat(channel.isOpen()).isFalse();
        };
        start();
        runTasks();

        assertThat(checks).hasValue(1);
        assertThat(outcomes).hasSize(1).doesNotContain("success");
        channel.checkException();
    }

    @Test
    @DisplayName("an attempt that is closed before the loop learns of a refusal ends at once")
    void closedAfterTheTask() throws SSLException {
        check = () -> {
            checks.incrementAndGet();
            throw new IllegalStateException("refused");
        };
        start();
        while (checks.get() == 0) {
            channel.runPendingTasks();
            threads.tasks.remove().run();
        }
        assertThat(outcomes).isEmpty();

        channel.pipeline().close(); // not channel.close(), which runs pending tasks first

        assertThat(channel.isOpen()).isFalse();
        channel.runPendingTasks();
        assertThat(outcomes).hasSize(1).doesNotContain("success");
        channel.checkException();
    }

    @Test
    @DisplayName("a refusal has its reason, and the server receives the alert")
    void refusal() throws SSLException {
        TestKeys stranger = TestKeys.make(folder, "stranger", "dns:stranger");
        context = stranger.trusting(stranger);
        start();
        runTasks();

        assertThat(outcomes).hasSize(1).first().asString().contains("is not trusted");
        assertThat(channel.isOpen()).isFalse();
        assertThatExceptionOfType(SSLException.class)
                .isThrownBy(this::exchange)
                .withMessageContaining("certificate_unknown");
        channel.checkException();
    }

    @Test
    @DisplayName("if there is no thread for a task, the handshake fails with that reason")
    void noThread() throws SSLException {
        threads.shortage = new OutOfMemoryError("unable to create native thread");
        start();
        channel.runPendingTasks();

        assertThat(outcomes).containsExactly("no TLS session: unable to create native thread");
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }

    @Test
    @DisplayName("an error of a trust manager fails the handshake with its text")
    void anErrorOfATrustManager() throws SSLException {
        check = () -> {
            throw new NoClassDefFoundError("org/example/Missing");
        };
        start();
        runTasks();

        assertThat(outcomes).containsExactly("no TLS session: org/example/Missing");
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }
}

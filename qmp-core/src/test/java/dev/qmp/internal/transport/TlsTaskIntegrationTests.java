package dev.qmp.internal.transport;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.TestKeys;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes that the peer cancels, or whose trust manager or key manager hangs, on one loop with others. */
@Timeout(60)
class TlsTaskIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    static Path folder;

    private static TestKeys keys;

    private final List<LogRecorder> logs =
            List.of(LogRecorder.of("io.netty.channel"), LogRecorder.of("io.netty.handler"));
    private final EventLoops loops = EventLoops.create(1);
    private final Semaphore hanging = new Semaphore(0);
    private final CountDownLatch released = new CountDownLatch(1);
    private final List<LineProbe> probes = new ArrayList<>();
    private final List<AutoCloseable> others = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void makeKeys() {
        keys = TestKeys.make(folder, "both", "dns:localhost,ip:127.0.0.1");
    }

    @AfterEach
    void close() throws Exception {
        released.countDown();
        for (LineProbe probe : probes) {
            probe.disconnect().exceptionally(failure -> null).get(10, TimeUnit.SECONDS);
        }
        for (AutoCloseable other : others) {
            other.close();
        }
        Awaitility.await().until(() -> BlockingWork.HANDSHAKES.getActiveCount() == 0);
        loops.close();
        for (LogRecorder log : logs) {
            log.close();
            assertThat(log.at(Level.WARN)).isEmpty();
            assertThat(log.at(Level.ERROR)).isEmpty();
        }
    }

    private void hang() {
        hanging.release();
        awaitUninterruptibly(released);
    }

    private void awaitHanging(int tasks) throws InterruptedException {
        assertThat(hanging.tryAcquire(tasks, 10, TimeUnit.SECONDS)).isTrue();
    }

    private LineProbe probe(SSLContext context, Duration timeout) {
        return probe(TlsOptions.of(context), timeout);
    }

    private LineProbe probe(TlsOptions tls, Duration timeout) {
        LineProbe probe = new LineProbe(ProtocolOptions.builder("vm1")
                .eventLoops(loops)
                .tls(tls)
                .connectTimeout(timeout)
                .build());
        probes.add(probe);
        return probe;
    }

    private <C extends AutoCloseable> C remember(C other) {
        others.add(other);
        return other;
    }

    /** Runs the other side of connections. It fails when this side ends one. */
    private static void inBackground(Callable<?> work) {
        Thread thread = new Thread(() -> {
            try {
                work.call();
            } catch (Exception e) {
                // the connection has ended
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** {@return a server that shakes hands with each client, and then sends one line} */
    private Endpoint tlsServer() {
        RawServer server = remember(RawServer.tcp());
        inBackground(() -> {
            while (true) {
                RawPeer peer = remember(server.accept());
                inBackground(() -> greet(peer));
            }
        });
        return server.endpoint();
    }

    private static Void greet(RawPeer peer) throws IOException {
        peer.serveTls(keys.trustingAll()).write("hello\n".getBytes(StandardCharsets.US_ASCII));
        return null;
    }

    /** {@return a session on the loop, over TLS} */
    private LineProbe connected(Endpoint server) throws Exception {
        LineProbe session = probe(keys.trustingAll(), SOON);
        session.connect(server).get(10, TimeUnit.SECONDS);
        return session;
    }

    /** Asserts that the loop runs: a new connection is made, and its message arrives. */
    private void assertLoopIsFree() throws Exception {
        LineProbe other = connected(tlsServer());
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(other.heard())
                .containsExactly("hello"));
    }

    /** Asserts that an attempt hangs in the handshake, delays no other connection, and ends by a disconnect. */
    private void assertHangsAlone(LineProbe blocked, CompletableFuture<Void> attempt) throws Exception {
        awaitHanging(1);
        assertLoopIsFree();
        assertThat(attempt).isNotDone();
        blocked.disconnect().get(10, TimeUnit.SECONDS);
        assertThat(attempt).failsWithin(Duration.ofSeconds(10));
        assertThat(blocked.runstates()).containsExactly(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE);
    }

    private static QmpConnectException failure(CompletableFuture<Void> attempt) {
        Throwable failure = attempt.orTimeout(20, TimeUnit.SECONDS)
                .handle((connected, failed) -> failed)
                .join();
        assertThat(failure).isInstanceOf(QmpConnectException.class);
        return (QmpConnectException) failure;
    }

    @Test
    @DisplayName("a trust manager that hangs delays no other connection of its loop, and its attempt fails in time")
    void aTrustManagerHangs() throws Exception {
        Endpoint server = tlsServer();
        LineProbe blocked = probe(keys.trustingAll(this::hang), Duration.ofSeconds(7));
        CompletableFuture<Void> attempt = blocked.connect(server);
        awaitHanging(1);

        assertLoopIsFree();

        QmpConnectException failure = failure(attempt);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.TLS);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(blocked.runstates()).containsExactly(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE);
        blocked.disconnect().get(10, TimeUnit.SECONDS);
        assertLoopIsFree();
    }

    @Test
    @DisplayName("a server's key manager that hangs delays no other connection of its loop")
    void aKeyManagerHangs() throws Exception {
        LineProbe blocked = probe(keys.presentingAfter(this::hang), Duration.ofMinutes(1));
        Endpoint.Tcp address =
                (Endpoint.Tcp) blocked.startServer(Endpoint.tcp("127.0.0.1", 0)).get(10, TimeUnit.SECONDS);
        CompletableFuture<Void> attempt = blocked.accept();
        SocketChannel peer = remember(SocketChannel.open(new InetSocketAddress(address.host(), address.port())));
        SSLSocketFactory sockets = keys.trustingAll().getSocketFactory();
        SSLSocket machine = (SSLSocket) sockets.createSocket(peer.socket(), address.host(), address.port(), false);
        inBackground(() -> {
            machine.startHandshake();
            return null;
        });
        assertHangsAlone(blocked, attempt);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a client's key manager that hangs delays no other connection of its loop")
    void aKeyManagerOfAClientHangs(String version) throws Exception {
        // Unlike an engine, a server's socket sends each message of a handshake in a record of its own, as QEMU can.
        SSLServerSocket server = remember(
                (SSLServerSocket) keys.trustingAll().getServerSocketFactory().createServerSocket(0));
        server.setNeedClientAuth(true);
        inBackground(
                () -> remember((SSLSocket) server.accept()).getInputStream().read());
        SSLContext context = keys.presentingAfter(this::hang);
        LineProbe blocked =
                probe(new TlsOptions(() -> context, true, List.of(version), List.of(), true), Duration.ofMinutes(1));
        CompletableFuture<Void> attempt = blocked.connect(Endpoint.tcp("localhost", server.getLocalPort()));
        assertHangsAlone(blocked, attempt);
    }

    @Test
    @DisplayName("an attempt that is cancelled during a check ends at once, and so do loops that are closed during one")
    void endsDuringACheck() throws Exception {
        Endpoint server = tlsServer();
        LineProbe cancelled = probe(keys.trustingAll(this::hang), Duration.ofMinutes(1));
        CompletableFuture<Void> first = cancelled.connect(server);
        awaitHanging(1);
        first.cancel(false);
        cancelled.disconnect().get(10, TimeUnit.SECONDS);
        assertThat(cancelled.runstate()).isEqualTo(Runstate.IDLE);

        CompletableFuture<Void> second =
                probe(keys.trustingAll(this::hang), Duration.ofMinutes(1)).connect(server);
        awaitHanging(1);
        loops.close();
        assertThat(failure(second)).hasMessageContaining("the event loops are closed");
    }

    @Test
    @DisplayName("checks that hang for ever: an ended attempt leaves the queue, and its trust manager is not called")
    void anEndedAttemptLeavesTheQueue() throws Exception {
        Endpoint server = tlsServer();
        int threads = BlockingWork.HANDSHAKES.getMaximumPoolSize();
        assertThat(threads).as("the limit that the documents state").isEqualTo(8);
        for (int thread = 0; thread < threads; thread++) {
            probe(keys.trustingAll(this::hang), Duration.ofMinutes(1)).connect(server);
        }
        awaitHanging(threads);

        LineProbe late = probe(keys.trustingAll(this::hang), Duration.ofMinutes(1));
        CompletableFuture<Void> attempt = late.connect(server);
        Awaitility.await().until(() -> BlockingWork.HANDSHAKES.getQueue().size() == 1);
        attempt.cancel(false);
        Awaitility.await().until(() -> BlockingWork.HANDSHAKES.getQueue().isEmpty());

        released.countDown();
        Awaitility.await().until(() -> BlockingWork.HANDSHAKES.getActiveCount() == 0);
        assertThat(hanging.availablePermits()).isZero();
    }

    @Test
    @DisplayName("checks that hang on all threads: a session goes on, and a late attempt fails in its own time")
    void allThreadsHang() throws Exception {
        RawServer machine = remember(RawServer.tcp());
        LineProbe session = probe(keys.trustingAll(), SOON);
        CompletableFuture<Void> connected = session.connect(machine.endpoint());
        OutputStream toSession = remember(machine.accept()).serveTls(keys.trustingAll());
        connected.get(10, TimeUnit.SECONDS);
        Endpoint server = tlsServer();
        List<CompletableFuture<Void>> attempts = new ArrayList<>();
        int threads = BlockingWork.HANDSHAKES.getMaximumPoolSize();
        for (int thread = 0; thread < threads; thread++) {
            attempts.add(
                    probe(keys.trustingAll(this::hang), Duration.ofMinutes(1)).connect(server));
        }
        awaitHanging(threads);

        LineProbe late = probe(keys.trustingAll(), Duration.ofSeconds(3));
        QmpConnectException failure = failure(late.connect(server));
        assertThat(failure.phase()).isEqualTo(ConnectPhase.TLS);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("3000"); // by the timer of the handshake or by that of the attempt
        assertThat(late.runstates()).containsExactly(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE);
        Awaitility.await().until(() -> BlockingWork.HANDSHAKES.getQueue().isEmpty());
        toSession.write("still here\n".getBytes(StandardCharsets.US_ASCII));
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(session.heard())
                .containsExactly("still here"));
        assertThat(attempts).noneMatch(CompletableFuture::isDone);

        released.countDown();
        assertThat(attempts).allSatisfy(attempt -> assertThat(attempt).succeedsWithin(SOON));
    }

    @Test
    @DisplayName("a check that hangs in a renegotiation delays no other connection; messages keep their order")
    void renegotiation() throws Exception {
        CompletableFuture<String> received = new CompletableFuture<>();
        LineProbe session = renegotiate(received, () -> {});

        assertLoopIsFree();
        session.say("ping");
        session.say("pong");
        released.countDown();

        assertThat(received).succeedsWithin(SOON).isEqualTo("pingpong");
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(session.heard())
                .containsExactly("one", "two"));
    }

    @Test
    @DisplayName("a renegotiation that fails ends the session, though a message waits for it")
    void aFailedRenegotiation() throws Exception {
        LineProbe session = renegotiate(new CompletableFuture<>(), () -> {
            throw new IllegalStateException("refused on purpose");
        });
        session.say("ping");
        released.countDown();

        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(session.runstates())
                .containsExactly(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE));
        assertThat(session.sent()).isEmpty();
    }

    /**
     * {@return a session whose server renegotiates, while the check of its certificate hangs}
     *
     * @param received completes with the first two lines that the server receives
     * @param check the end of that check
     */
    private LineProbe renegotiate(CompletableFuture<String> received, Runnable check) throws Exception {
        ServerSocket server =
                remember(keys.trustingAll().getServerSocketFactory().createServerSocket(0));
        CountDownLatch again = new CountDownLatch(1);
        inBackground(() -> {
            SSLSocket socket = remember((SSLSocket) server.accept());
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.getOutputStream().write("one\n".getBytes(StandardCharsets.US_ASCII));
            again.await();
            socket.startHandshake();
            socket.getOutputStream().write("two\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            return received.complete(lines.readLine() + lines.readLine());
        });
        AtomicInteger checks = new AtomicInteger();
        SSLContext context = keys.trustingAll(() -> {
            if (checks.incrementAndGet() == 2) {
                hang();
                check.run();
            }
        });
        LineProbe session = probe(context, SOON);
        session.connect(Endpoint.tcp("localhost", server.getLocalPort())).get(10, TimeUnit.SECONDS);
        SSLSessionContext known = context.getClientSessionContext();
        // so that the certificate is checked again
        Collections.list(known.getIds()).forEach(id -> known.getSession(id).invalidate());
        again.countDown();
        awaitHanging(1);
        return session;
    }

    /** Writes a client's first message, or reads that of the other side, and then cancels the handshake. */
    private static void cancelHandshake(SSLEngine engine, SocketChannel channel) throws IOException {
        engine.beginHandshake();
        ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
        if (engine.getUseClientMode()) {
            engine.wrap(ByteBuffer.allocate(0), bytes);
        } else {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP) {
                channel.read(bytes);
                engine.unwrap(bytes.flip(), ByteBuffer.allocate(64 * 1024));
                bytes.compact();
            }
            bytes.clear();
        }
        engine.closeOutbound();
        while (!engine.isOutboundDone()) {
            engine.wrap(ByteBuffer.allocate(0), bytes);
        }
        channel.write(bytes.flip());
    }

    @Test
    @DisplayName("a server that cancels the handshake fails the attempt with that reason")
    void theServerCancels() throws Exception {
        RawServer server = remember(RawServer.tcp());
        SSLEngine engine = keys.trustingAll().createSSLEngine();
        engine.setUseClientMode(false);
        LineProbe client = probe(keys.trustingAll(), SOON);
        CompletableFuture<Void> attempt = client.connect(server.endpoint());
        cancelHandshake(engine, remember(server.accept()).channel());

        assertThat(failure(attempt)).hasMessageEndingWith("the peer cancelled the TLS handshake");
        assertThat(client.runstates()).containsExactly(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE);
    }

    @Test
    @DisplayName("a client that cancels the handshake fails the attempt with that reason")
    void theClientCancels() throws Exception {
        LineProbe listener = probe(new TlsOptions(keys::trustingAll, true, List.of("TLSv1.2"), List.of(), true), SOON);
        Endpoint.Tcp address = (Endpoint.Tcp)
                listener.startServer(Endpoint.tcp("127.0.0.1", 0)).get(10, TimeUnit.SECONDS);
        CompletableFuture<Void> attempt = listener.accept();
        SocketChannel peer = remember(SocketChannel.open(new InetSocketAddress(address.host(), address.port())));
        SSLEngine engine = keys.trustingAll().createSSLEngine();
        engine.setUseClientMode(true);
        cancelHandshake(engine, peer);

        assertThat(failure(attempt)).hasMessageEndingWith("the peer cancelled the TLS handshake");
        assertThat(listener.runstates()).containsExactly(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE);
    }
}

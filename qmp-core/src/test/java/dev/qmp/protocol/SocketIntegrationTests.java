package dev.qmp.protocol;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.LineProtocol;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RunstateRecorder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions of lines on real sockets, in both roles, with good peers and bad ones. */
class SocketIntegrationTests extends OnSockets {

    static Stream<String> endpoints() {
        return Stream.of("unix", "tcp:127.0.0.1:0", "tcp:[::1]:0", "tcp:localhost:0");
    }

    private Endpoint endpoint(String text) {
        return text.equals("unix") ? unix() : Endpoint.parse(text);
    }

    // ------------------------------------------------------------------ both roles, all kinds of sockets

    @ParameterizedTest(name = "S5 S12 S13 a protocol of lines, in both roles, on {0}")
    @MethodSource("endpoints")
    void bothRolesLeadToTheSameSession(String where) {
        List<String> heardByServer = new CopyOnWriteArrayList<>();
        List<String> heardByClient = new CopyOnWriteArrayList<>();
        LineProtocol server = remember(new LineProtocol(options("server").build(), heardByServer::add));
        LineProtocol client = remember(new LineProtocol(options("client").build(), heardByClient::add));
        RunstateRecorder serverStates = RunstateRecorder.of(server::addRunstateListener);
        RunstateRecorder clientStates = RunstateRecorder.of(client::addRunstateListener);

        Endpoint listening = await(server.startServer(endpoint(where)));
        assertThat(server.runstate()).isEqualTo(CONNECTING);
        CompletableFuture<Void> accepted = server.accept();
        await(client.connect(listening));
        await(accepted);
        List<String> lines = IntStream.range(0, 2000).mapToObj(i -> "line " + i).toList();
        lines.forEach(client::say);
        lines.forEach(server::say);

        eventually(() -> assertThat(heardByServer).hasSize(lines.size()));
        eventually(() -> assertThat(heardByClient).hasSize(lines.size()));
        assertThat(heardByServer).isEqualTo(lines);
        assertThat(heardByClient).isEqualTo(lines);
        await(client.disconnect());
        serverStates.assertSequence(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        clientStates.assertSequence(CONNECTING, RUNNING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S13 a connected channel, adopted")
    void anAdoptedChannel() throws IOException {
        try (RawServer server = RawServer.tcp();
                RawServer unix = RawServer.unix(folder.resolve("u"))) {
            List<SocketChannel> channels = List.of(
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port())),
                    SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("u"))));
            List<RawPeer> peers = List.of(server.accept(), unix.accept());
            for (int i = 0; i < 2; i++) {
                LineProbe probe = probe();
                Connection connection = loops.adopt(channels.get(i));
                await(probe.connect(connection));
                probe.say("hello");
                assertThat(peers.get(i).readLine()).isEqualTo("hello");
                connection.close();
                assertThat(probe.runstate())
                        .as("closing a connection that was taken")
                        .isEqualTo(RUNNING);
                QmpConnectException failure = connectFailure(probe().connect(connection));
                assertThat(failure).hasMessageContaining("taken or closed before");
                await(probe.disconnect());
                assertThat(peers.get(i).readLine()).isNull();
            }
        }
    }

    @Test
    @DisplayName("S13 a channel that is not connected is not adopted")
    void aChannelThatIsNotConnected() throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            assertThatIllegalArgumentException().isThrownBy(() -> loops.adopt(channel));
        }
    }

    @Test
    @DisplayName("S4 a connection offered to a protocol that is busy is left as it was")
    void aConnectionOfferedToABusyProtocol() throws IOException {
        try (RawServer server = RawServer.tcp()) {
            LineProbe busy = probe();
            await(busy.connect(server.endpoint()));
            server.accept();
            SocketChannel channel =
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            Connection connection = loops.adopt(channel);
            assertThatExceptionOfType(StateException.class).isThrownBy(() -> await(busy.connect(connection)));
            LineProbe free = probe();
            await(free.connect(connection));
            free.say("still usable");
            assertThat(server.accept().readLine()).isEqualTo("still usable");
        }
    }

    // ------------------------------------------------------------------ accepting

    @Test
    @DisplayName("S11 a peer that dialled before accept waits in the backlog, and is the one accepted")
    void aPeerBeforeAccept() throws IOException {
        LineProbe probe = probe();
        Endpoint where = await(probe.startServer(Endpoint.tcp("127.0.0.1", 0)));
        try (RawPeer early = RawServer.dial(where)) {
            early.write("early\n");
            await(probe.accept());
            eventually(() -> assertThat(probe.heard()).containsExactly("early"));
        }
    }

    @ParameterizedTest(name = "S20 S21 one peer is accepted, a second one is turned away, on {0}")
    @MethodSource("endpoints")
    void aSecondPeerIsTurnedAway(String where) throws IOException {
        LineProbe probe = probe();
        Endpoint listening = await(probe.startServer(endpoint(where)));
        try (LogRecorder log = LogRecorder.of("dev.qmp.internal.transport.NettyAcceptor");
                RawPeer first = RawServer.dial(listening);
                RawPeer second = RawServer.dial(listening)) {
            await(probe.accept());
            assertThat(second.read()).isEqualTo(-1);
            eventually(() -> assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .startsWith("A second peer of " + listening + " was closed"));
            first.write("one\n");
            eventually(() -> assertThat(probe.heard()).containsExactly("one"));
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> RawServer.dial(listening));
        }
    }

    @Test
    @DisplayName("S16 IDLE means that nobody listens: the same port can be bound again at once")
    void thePortIsFreeAtOnce() {
        LineProbe probe = probe();
        Endpoint where = await(probe.startServer(Endpoint.tcp("127.0.0.1", 0)));
        await(probe.disconnect());
        for (int round = 0; round < 200; round++) {
            assertThat(await(probe.startServer(where))).isEqualTo(where);
            CompletableFuture<Void> accepted = probe.accept();
            await(probe.disconnect());
            connectFailure(accepted);
        }
    }

    @Test
    @DisplayName("S14 a host that does not exist cannot be listened on, and is named")
    void anUnknownHostToListenOn() {
        LineProbe probe = probe();
        QmpConnectException failure = connectFailure(probe.startServer(Endpoint.tcp("no-such-host.invalid", 0)));
        assertThat(failure.phase()).isEqualTo(ConnectPhase.TRANSPORT);
        assertThat(failure).hasMessageContaining("no-such-host.invalid").hasMessageContaining("unknown host");
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S14 a port that is in use cannot be listened on")
    void aPortInUse() {
        try (RawServer other = RawServer.tcp()) {
            QmpConnectException failure = connectFailure(probe().startServer(other.endpoint()));
            assertThat(failure).hasMessageContaining("cannot listen on " + other.endpoint());
            assertThat(failure.isRetryable()).isTrue();
        }
    }

    // ------------------------------------------------------------------ dialling in vain

    @Test
    @DisplayName("S2 S14 #9 nobody listens, or the name is unknown")
    void nobodyListens() {
        RawServer gone = RawServer.tcp();
        gone.close();
        LineProbe probe = probe();
        QmpConnectException refused = connectFailure(probe.connect(gone.endpoint()));
        assertThat(refused)
                .hasMessageContaining("refused")
                .hasMessageContaining(gone.endpoint().toString());
        assertThat(refused.isRetryable()).isTrue();
        assertThat(refused.getCause()).isInstanceOf(IOException.class);

        QmpConnectException unknown = connectFailure(probe.connect(Endpoint.tcp("no-such-host.invalid", 1)));
        assertThat(unknown).hasMessageContaining("unknown host");
        assertThat(unknown.isRetryable()).isTrue();
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE, CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S13 deadlines for ever are as good as none")
    void deadlinesForEver() {
        Duration ever = ChronoUnit.FOREVER.getDuration();
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe(options -> options.connectTimeout(ever)
                    .handshakeTimeout(ever)
                    .writeTimeout(ever)
                    .disconnectTimeout(ever));
            await(probe.connect(server.endpoint()));
            probe.say("hello");
            assertThat(server.accept().readLine()).isEqualTo("hello");
            await(probe.disconnect());
        }
    }

    @Test
    @DisplayName("S15 #19 cancelling while the peer keeps silent closes the socket")
    void cancellingClosesTheSocket() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProtocol protocol = remember(new LineProtocol(options("vm1").build(), line -> {}));
            RunstateRecorder runstates = RunstateRecorder.of(protocol::addRunstateListener);
            CompletableFuture<Void> connected = protocol.connect(server.endpoint());
            RawPeer peer = server.accept();
            assertThat(peer.readLine()).isEqualTo("HELLO");
            connected.cancel(true);
            assertThat(peer.readLine()).isNull();
            runstates.assertSequence(CONNECTING, DISCONNECTING, IDLE);
        }
    }

    @Test
    @DisplayName("S14 #8 a peer that keeps silent runs into the handshake deadline, with the phase's hint")
    void aSilentPeer() {
        try (RawServer server = RawServer.tcp()) {
            LineProtocol protocol = remember(new LineProtocol(
                    options("vm1").handshakeTimeout(Duration.ofMillis(100)).build(), line -> {}));
            QmpConnectException failure = connectFailure(protocol.connect(server.endpoint()));
            assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
            assertThat(failure).hasMessageContaining("the peer does not say HELLO");
            RawPeer peer = server.accept();
            assertThat(peer.readLine()).isEqualTo("HELLO");
            assertThat(peer.readLine()).isNull();
        }
    }

    // ------------------------------------------------------------------ bad peers

    @Test
    @DisplayName("S14 #21 a peer that closes right after it was reached, again and again")
    void aPeerThatClosesAtOnce() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe();
            for (int round = 0; round < 100; round++) {
                RunstateRecorder runstates = new RunstateRecorder();
                Registration registration = probe.addRunstateListener(runstates);
                CompletableFuture<Void> connected = probe.connect(server.endpoint());
                server.accept().close();
                await(connected);
                runstates.assertSequence(CONNECTING, RUNNING, DISCONNECTING, IDLE);
                registration.close();
            }
        }
    }

    @Test
    @DisplayName("S33 a partial last line is not lost without a word")
    void aPartialLastLine() {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe();
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            peer.write("whole\nhal");
            peer.close();
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> {
                        eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
                        await(probe.disconnect());
                    })
                    .satisfies(broken -> assertThat(broken.violation()).isEqualTo(Violation.TRUNCATED));
            assertThat(probe.heard()).containsExactly("whole");
        }
    }

    @ParameterizedTest(name = "S7 a limit of 100 bytes and a message of {0}")
    @ValueSource(ints = {99, 100, 101, 5_000_000})
    void theMessageLimit(int length) {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe(options -> options.maxMessageSize(100));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            try {
                peer.write("x".repeat(length - 1) + (length > 101 ? "x" : "\n"));
            } catch (java.io.UncheckedIOException e) {
                assertThat(length).as("cut while it wrote").isGreaterThan(101);
            }
            if (length <= 100) {
                eventually(() -> assertThat(probe.heard()).hasSize(1));
                assertThat(probe.runstate()).isEqualTo(RUNNING);
            } else {
                eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
                assertThatExceptionOfType(ProtocolException.class)
                        .isThrownBy(() -> await(probe.disconnect()))
                        .withMessageContaining("100 bytes")
                        .satisfies(broken -> assertThat(broken.violation()).isEqualTo(Violation.FRAME_TOO_LONG));
            }
        }
    }

    @ParameterizedTest(name = "S7 an outbound limit of {0} bytes")
    @ValueSource(ints = {10, 300})
    void theOutboundLimit(int limit) {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe(options -> options.maxOutboundSize(limit));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            probe.say("x".repeat(limit));
            probe.say("two\nlines");
            probe.say("y".repeat(limit - 1));
            assertThat(peer.readLine()).isEqualTo("y".repeat(limit - 1));
            assertThat(probe.unsent()).containsExactly("x".repeat(limit), "two\nlines");
            assertThat(probe.unsentCauses())
                    .allSatisfy(cause -> assertThat(cause).isInstanceOf(IllegalArgumentException.class));
            assertThat(probe.unsentCauses().get(0)).hasMessageContaining(limit + " bytes");
        }
    }

    @ParameterizedTest(name = "S32 #35 a peer that stops reading, on {0}")
    @ValueSource(strings = {"unix", "tcp"})
    void aPeerThatStopsReading(String kind) {
        try (RawServer server = kind.equals("tcp") ? RawServer.tcp() : RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe(options -> options.writeTimeout(Duration.ofMillis(300)));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            int lines = 1000;
            String line = "x".repeat(50_000);
            IntStream.range(0, lines).forEach(i -> probe.say(line));

            eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
            assertThat(probe.lastChange().cause())
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessageContaining("took nothing in");
            assertThat(probe.sent().size() + probe.unsent().size())
                    .as("only what was being written has no fate")
                    .isBetween(lines - 3, lines);
            assertThat(probe.unsent()).hasSizeGreaterThan(lines / 2);
            peer.close();
        }
    }

    @Test
    @DisplayName("S16 a disconnect from a peer that does not read is bounded")
    void disconnectingFromAPeerThatDoesNotRead() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe(options -> options.disconnectTimeout(Duration.ofMillis(200)));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            IntStream.range(0, 100).forEach(i -> probe.say("x".repeat(50_000)));
            await(probe.disconnect());
            assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
            peer.close();
        }
    }

    @Test
    @DisplayName("S29 #27 a reset is the end of the stream, without a trace")
    void aResetIsTheEnd() {
        try (RawServer server = RawServer.tcp();
                LogRecorder log = LogRecorder.of("dev.qmp.protocol.vm1")) {
            LineProbe probe = probe();
            await(probe.connect(server.endpoint()));
            server.accept().reset();
            eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
            assertThat(probe.lastChange().cause()).isInstanceOf(ConnectionLostException.class);
            assertThat(log.at(Level.ERROR)).isEmpty();
            assertThat(log.at(Level.WARN)).isEmpty();
            assertThat(log.at(Level.INFO)).hasSize(1);
        }
    }

    @Test
    @DisplayName("S29 #26 what the peer said before it went away is heard, even while we were writing to it")
    void lastWordsAreHeard() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            for (int round = 0; round < 20; round++) {
                LineProbe probe = probe();
                await(probe.connect(server.endpoint()));
                RawPeer peer = server.accept();
                IntStream.range(0, 200).forEach(i -> probe.say("x".repeat(10_000)));
                IntStream.range(0, 500).forEach(i -> peer.write("word " + i + "\n"));
                peer.close();
                eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
                assertThat(probe.heard()).hasSize(500);
            }
        }
    }

    // ------------------------------------------------------------------ many threads, many times

    @Test
    @DisplayName("S16 disconnects from many threads at once")
    void disconnectsFromManyThreads() throws Exception {
        int threads = 16;
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            for (int round = 0; round < 30; round++) {
                LineProbe probe = probe();
                RunstateRecorder runstates = RunstateRecorder.of(probe::addRunstateListener);
                await(probe.connect(server.endpoint()));
                RawPeer peer = server.accept();
                CyclicBarrier start = new CyclicBarrier(threads);
                List<CompletableFuture<Void>> all = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    all.add(CompletableFuture.runAsync(
                            () -> {
                                meet(start);
                                await(probe.disconnect());
                            },
                            task -> new Thread(task).start()));
                }
                for (CompletableFuture<Void> one : all) {
                    await(one);
                }
                assertThat(probe.runstate()).isEqualTo(IDLE);
                // listeners are told on a lane of their own
                eventually(() -> assertThat(runstates.changes())
                        .extracting(RunstateChange::current)
                        .startsWith(CONNECTING, RUNNING, DISCONNECTING, IDLE));
                assertThat(peer.readLine()).isNull();
            }
        }
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @DisplayName("S16 connecting and disconnecting by threads that know nothing of each other")
    void everybodyAtOnce() throws Exception {
        try (RawServer server = RawServer.tcp()) {
            Thread greeter = new Thread(() -> {
                try {
                    while (true) {
                        server.accept().close();
                    }
                } catch (java.io.UncheckedIOException e) {
                    // the end of the test
                }
            });
            greeter.setDaemon(true);
            greeter.start();
            LineProbe probe = probe();
            List<CompletableFuture<Void>> outcomes = new CopyOnWriteArrayList<>();
            List<Thread> threads = IntStream.range(0, 8)
                    .mapToObj(i -> new Thread(() -> IntStream.range(0, 100).forEach(round -> {
                        CompletableFuture<Void> outcome =
                                (i + round) % 3 == 0 ? probe.disconnect() : probe.connect(server.endpoint());
                        if (round % 7 == 0) {
                            outcome.cancel(true);
                        }
                        outcomes.add(outcome);
                    })))
                    .toList();
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            await(probe.disconnect().exceptionally(failure -> null));
            eventually(() -> assertThat(outcomes).hasSize(800).allMatch(CompletableFuture::isDone));
            Runstate previous = IDLE;
            for (Runstate next : probe.runstates()) {
                assertThat(previous.mayBecome(next))
                        .as(previous + " to " + next)
                        .isTrue();
                previous = next;
            }
            assertThat(previous).isEqualTo(IDLE);
        }
    }
}

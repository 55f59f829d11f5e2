package dev.qmp.protocol;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.testing.LineProbe;
import dev.qmp.testing.LineProtocol;
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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions of lines on real sockets, in both roles, by one thread and by many. */
class SocketIntegrationTests extends OnSockets {

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

    @Test
    @DisplayName("S14 a connection passed to a protocol that disconnects meanwhile is closed")
    void aConnectionThatNobodyTakes() throws IOException {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe();
            probe.onChange = change -> {
                if (change.current() == CONNECTING) {
                    probe.disconnect();
                }
            };
            SocketChannel channel =
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            connectFailure(probe.connect(loops.adopt(channel)));
            assertThat(server.accept().readLine()).isNull();
        }
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
                // listeners have a sequence of their own
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

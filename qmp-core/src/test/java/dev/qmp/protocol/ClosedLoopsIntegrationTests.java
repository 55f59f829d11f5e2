package dev.qmp.protocol;

import static dev.qmp.protocol.Runstate.IDLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promise G1 when the event loops are closed: nothing waits for them. */
class ClosedLoopsIntegrationTests extends OnSockets {

    private static void assertClosed(QmpConnectException failure) {
        assertThat(failure).hasMessageContaining("the event loops are closed");
        assertThat(failure.isRetryable()).isFalse();
    }

    @Test
    @DisplayName("G1 each operation on closed loops fails at once")
    void nothingBeginsOnClosedLoops() throws IOException {
        LineProbe probe = probe();
        try (RawServer server = RawServer.tcp()) {
            Connection adopted = loops.adopt(
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port())));
            loops.close();
            assertClosed(connectFailure(probe.connect(server.endpoint())));
            assertClosed(connectFailure(probe.connect(unix())));
            assertClosed(connectFailure(probe.connect(adopted)));
            assertClosed(connectFailure(probe.startServer(Endpoint.tcp("127.0.0.1", 0))));
            assertClosed(connectFailure(probe.startServer(unix())));
            assertClosed(connectFailure(Acceptor.bind(unix(), loops, null)));
            assertThat(probe.runstate()).isEqualTo(IDLE);
        }
    }

    @RepeatedTest(20)
    @DisplayName("G1 a session whose loops are closed ends with that reason")
    void aSessionEnds() {
        LineProbe probe = probe();
        try (RawServer server = RawServer.tcp()) {
            await(probe.connect(server.endpoint()));
            loops.close();
            assertThatThrownBy(() -> await(probe.disconnect()))
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessageContaining("the event loops were closed");
        }
    }

    /** Lets the loops get so far that each step of a connect is met in some round. */
    private static void spin(int round) {
        long end = System.nanoTime() + round % 100 * 10_000L;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("#82 a connection whose loops are closed at any moment of its connect is closed, with TLS and without")
    void input42AConnectionIsClosedWithItsLoops(boolean tls) throws Exception {
        int rounds = 300;
        try (RawServer server = RawServer.tcp()) {
            acceptAll(server);
            for (int i = 0; i < rounds; i++) {
                EventLoops own = EventLoops.create(1);
                ProtocolOptions.Builder options = ProtocolOptions.builder("vm1").eventLoops(own);
                LineProbe probe =
                        new LineProbe((tls ? options.tls(TlsOptions.of(SSLContext.getDefault())) : options).build());
                CompletableFuture<Void> connected = probe.connect(server.endpoint());
                spin(i);
                own.close();
                probe.disconnect()
                        .exceptionally(failure -> null)
                        .orTimeout(10, TimeUnit.SECONDS)
                        .join();
                connected.handle((done, failure) -> failure).get(10, TimeUnit.SECONDS);
                assertThat(connectionsTo(server.port())).as("round %s", i).isEmpty();
            }
        }
    }

    /** Keeps the peers until they close the connection, and sends nothing to them. */
    private static void acceptAll(RawServer server) {
        Thread thread = new Thread(() -> {
            List<RawPeer> silent = new ArrayList<>();
            try {
                while (true) {
                    silent.add(server.accept());
                }
            } catch (UncheckedIOException e) {
                silent.forEach(RawPeer::close); // the server was closed
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** {@return the sockets of this process that are connected to a port of loopback, as the system lists them} */
    private static List<String> connectionsTo(int port) throws IOException {
        String peer = String.format("0100007F:%04X", port);
        List<String> sockets = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
        sockets.addAll(Files.readAllLines(Path.of("/proc/net/tcp6"))); // Java's have both families
        return sockets.stream()
                .map(line -> line.trim().split(" +"))
                .filter(fields -> fields[2].endsWith(peer) && fields[3].equals("01"))
                .map(fields -> fields[1])
                .toList();
    }

    @RepeatedTest(30)
    @DisplayName("#82 a socket that listens is closed with its loops, and its file removed")
    void input19AListeningSocketIsClosedWithItsLoops(RepetitionInfo round) throws IOException {
        EventLoops own = EventLoops.create(1);
        LineProbe probe = remember(
                new LineProbe(ProtocolOptions.builder("vm1").eventLoops(own).build()));
        boolean tcp = round.getCurrentRepetition() % 2 == 0;
        Endpoint bound = await(probe.startServer(tcp ? Endpoint.tcp("127.0.0.1", 0) : unix()));
        CompletableFuture<Void> accepted = probe.accept();
        spin(round.getCurrentRepetition());

        own.close();

        assertClosed(connectFailure(accepted));
        assertThatIOException().isThrownBy(() -> RawServer.dial(bound));
        assertThat(folder).isEmptyDirectory();
    }

    @RepeatedTest(20)
    @DisplayName("G1 an accept whose loops are closed ends, whichever of them ends first")
    void anAcceptEnds() {
        LineProbe probe = probe();
        await(probe.startServer(unix()));
        CompletableFuture<Void> accepted = probe.accept();
        loops.close();
        connectFailure(accepted);
        assertThat(probe.runstate()).isEqualTo(IDLE);
    }
}

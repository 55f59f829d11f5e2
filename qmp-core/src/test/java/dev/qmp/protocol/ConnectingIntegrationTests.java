package dev.qmp.protocol;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import dev.qmp.testing.LinePhase;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.LineProtocol;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RunstateRecorder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Listening and dialling on real sockets: accepted and refused peers, and attempts without a session. */
class ConnectingIntegrationTests extends OnSockets {

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
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol");
                RawPeer first = RawServer.dial(listening);
                RawPeer second = RawServer.dial(listening)) {
            await(probe.accept());
            assertThat(second.read()).isEqualTo(-1);
            eventually(() -> assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .startsWith("vm1: A second peer of " + listening + " was closed"));
            first.write("one\n");
            eventually(() -> assertThat(probe.heard()).containsExactly("one"));
            // the socket is closed on a loop of its own
            eventually(() -> assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> RawServer.dial(listening).close()));
        }
    }

    @Test
    @DisplayName("S16 after IDLE no socket listens: the same port can be bound again at once")
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
        LineProbe probe = probe(ConnectingIntegrationTests::withTimeForNames);
        QmpConnectException failure = connectFailure(probe.startServer(Endpoint.tcp("no-such-host.invalid", 0)));
        assertThat(failure.phase()).isEqualTo(ConnectPhase.TRANSPORT);
        assertThat(failure).hasMessageContaining("no-such-host.invalid").hasMessageContaining("unknown host");
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    /** A question to a name server that gets lost is put again after five seconds. */
    private static void withTimeForNames(ProtocolOptions.Builder options) {
        options.connectTimeout(Duration.ofSeconds(9));
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
    @DisplayName("S2 S14 #9 no server listens, or the name is unknown")
    void nobodyListens() {
        RawServer gone = RawServer.tcp();
        gone.close();
        LineProbe probe = probe(ConnectingIntegrationTests::withTimeForNames);
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
    @DisplayName(
            "S15 when the caller has ended an attempt, disconnect() completes in IDLE, and the next attempt begins")
    void disconnectFollowsAnAttemptThatItsCallerHasEnded() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProtocol protocol = remember(new LineProtocol(options("vm1").build(), line -> {}));
            for (int round = 0; round < 50; round++) {
                CompletableFuture<Void> connected = protocol.connect(server.endpoint());
                RawPeer peer = server.accept();
                assertThat(peer.readLine()).isEqualTo("HELLO");
                if (round % 2 == 0) {
                    connected.cancel(true);
                } else {
                    connected.orTimeout(1, TimeUnit.NANOSECONDS);
                    eventually(() -> assertThat(connected).isCompletedExceptionally());
                }
                await(protocol.disconnect());
                assertThat(protocol.runstate()).isEqualTo(IDLE);
                assertThat(peer.readLine()).isNull();
            }
        }
    }

    @Test
    @DisplayName("S14 #8 a peer that keeps silent runs into the handshake deadline, with the phase's hint")
    void aSilentPeer() {
        try (RawServer server = RawServer.tcp()) {
            LineProtocol protocol = remember(new LineProtocol(
                    options("vm1").handshakeTimeout(Duration.ofMillis(100)).build(), line -> {}));
            QmpConnectException failure = connectFailure(protocol.connect(server.endpoint()));
            assertThat(failure.phase()).isEqualTo(LinePhase.GREETING);
            assertThat(failure).hasMessageContaining("the peer does not say HELLO");
            RawPeer peer = server.accept();
            assertThat(peer.readLine()).isEqualTo("HELLO");
            assertThat(peer.readLine()).isNull();
        }
    }
}

package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.testing.LinePhase;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows S2 and S14: dialling and establishing, and every way it can fail. */
class ConnectingTests extends OnManualDial {

    // ------------------------------------------------------------------ failures

    @Test
    @DisplayName("S2 a connect error has the phase and the root cause")
    void aConnectErrorSaysThePhase() {
        QmpConnectException failure = failureInNegotiation(new ProtocolException(Violation.UNEXPECTED, "nonsense"));
        assertThat(failure.phase()).isEqualTo(LinePhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessage("negotiation failed: nonsense");
        assertThat(failure).hasCauseInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("S2 a connect error has the probable reason, unless the peer speaks another protocol")
    void aConnectErrorSaysWhatItProbablyMeans() {
        QmpConnectException failure = failureInNegotiation(ConnectionLostException.endOfStream());
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessage("negotiation failed: the peer closed the connection; the peer is busy");
    }

    @ParameterizedTest
    @EnumSource(Violation.class)
    @DisplayName(
            "S2 the reason fits a peer that may speak our protocol: until it is known, a wrong message speaks against")
    void theReasonFitsOurProtocolOnly(Violation violation) {
        Set<Violation> fitsUnknown = EnumSet.of(Violation.TRUNCATED);
        Set<Violation> fitsKnown = EnumSet.of(Violation.TRUNCATED, Violation.BAD_MESSAGE, Violation.LIMIT);
        ProtocolException nonsense = new ProtocolException(violation, "nonsense");

        assertThat(failureIn(LinePhase.GREETING, nonsense))
                .hasMessage("no greeting: nonsense" + (fitsUnknown.contains(violation) ? "; the peer is busy" : ""));
        assertThat(failureIn(LinePhase.NEGOTIATION, nonsense))
                .hasMessage(
                        "negotiation failed: nonsense" + (fitsKnown.contains(violation) ? "; the peer is busy" : ""));
    }

    @Test
    @DisplayName("S2 an attempt whose protocol names no phase fails in that of the session")
    void aProtocolWithoutPhases() {
        probe.establishing = () -> CompletableFuture.failedFuture(ConnectionLostException.endOfStream());
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        QmpConnectException failure = connectFailure(connected);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.SESSION);
        assertThat(failure).hasMessage("no session: the peer closed the connection; the peer does not answer");
    }

    private QmpConnectException failureInNegotiation(Exception cause) {
        return failureIn(LinePhase.NEGOTIATION, cause);
    }

    private QmpConnectException failureIn(ConnectPhase phase, Exception cause) {
        probe.establishing = () -> {
            probe.phase(phase, "the peer is busy");
            return CompletableFuture.failedFuture(cause);
        };
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        return connectFailure(connected);
    }

    @Test
    @DisplayName("S2 a cause without a text is named by its type")
    void aCauseWithoutTextIsNamed() {
        CompletableFuture<Void> connected = connecting();
        loops.dial().fail(new IllegalStateException());
        assertThat(connectFailure(connected)).hasMessage("cannot connect: IllegalStateException");
    }

    @Test
    @DisplayName("S14 a peer that is not reached leaves IDLE, by way of DISCONNECTING")
    void aPeerThatIsNotReached() {
        CompletableFuture<Void> connected = connecting();
        loops.dial().fail(refused);
        assertThat(connectFailure(connected)).isSameAs(refused);
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
        assertThat(probe.lastChange().cause()).isSameAs(refused);
        assertThat(probe.disconnect()).as("already told").satisfies(repeated -> {
            loops.run();
            assertThat(repeated).isCompleted();
        });
    }

    @Test
    @DisplayName("S14 a hook that throws while establishing leaves IDLE")
    void aHookThatThrowsWhileEstablishing() {
        probe.establishing = () -> {
            throw new IllegalArgumentException("no");
        };
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        assertThat(connectFailure(connected)).hasCauseInstanceOf(IllegalArgumentException.class);
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S14 transports that throw instead of failing leave IDLE")
    void transportsThatThrow() {
        loops.newDial = () -> {
            throw new ClassCastException("a foreign connection");
        };
        CompletableFuture<Void> connected = connecting();
        assertThat(connectFailure(connected)).hasCauseInstanceOf(ClassCastException.class);
    }

    @Test
    @DisplayName("S14 a peer that closes while the session is being established leaves IDLE")
    void aPeerThatClosesEarly() {
        probe.establishing = () -> probe.hear().thenAccept(line -> {});
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        loops.transport().peerCloses();

        QmpConnectException failure = connectFailure(connected);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.SESSION);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasCauseInstanceOf(ConnectionLostException.class);
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S14 a peer that closes right after the handshake: connected, and then the end of a session")
    void aPeerThatClosesRightAfterTheHandshake() {
        ManualTransport transport = connected();
        transport.peerCloses();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
        assertIdle();
    }

    // ------------------------------------------------------------------ deadlines

    @Test
    @DisplayName("S14 #8 a dial that never comes to an end: the deadline for reaching the peer")
    void theConnectDeadline() {
        CompletableFuture<Void> connected = connecting();
        loops.advance(CONNECT.minusMillis(1));
        assertThat(connected).isNotDone();
        loops.advance(Duration.ofMillis(1));

        QmpConnectException failure = connectFailure(connected);
        assertThat(failure.phase()).isEqualTo(ConnectPhase.TRANSPORT);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("5000 ms");
        assertThat(loops.dial().isCancelled()).isTrue();
    }

    @Test
    @DisplayName("S14 the failure by the deadline for TLS names TLS")
    void theDeadlineForTls() {
        CompletableFuture<Void> connected = connecting();
        loops.dial().secure();
        loops.advance(CONNECT);
        assertThat(connectFailure(connected).phase()).isEqualTo(ConnectPhase.TLS);
    }

    @Test
    @DisplayName("S14 the deadline for establishing starts when the peer is reached, and is absolute")
    void theHandshakeDeadline() {
        neverEstablishes();
        CompletableFuture<Void> connected = connecting();
        loops.advance(CONNECT.minusMillis(1));
        loops.dial().succeed();
        loops.run(() -> probe.phase(LinePhase.GREETING, "somebody else is being served"));
        for (int second = 0; second < HANDSHAKE.toSeconds() - 1; second++) {
            loops.advance(Duration.ofSeconds(1));
            loops.transport().peerSays("drip");
        }
        assertThat(connected).isNotDone();
        loops.advance(Duration.ofSeconds(1));

        assertThat(connectFailure(connected))
                .hasMessage("no greeting: timed out after 30000 ms; somebody else is being served");
    }

    @Test
    @DisplayName("S14 no deadline outlives the attempt")
    void noDeadlineOutlivesTheAttempt() {
        connected();
        assertThat(loops.timers()).isZero();
        loops.advance(EVER);
        assertThat(probe.runstate()).isEqualTo(RUNNING);
    }
}

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
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LineProbe;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows S2, S14, S15, S18, S22 and S23: dialling and establishing, and every way it can fail. */
class ConnectingTests extends OnManualLoops {

    private final RuntimeException refused =
            new QmpConnectException(ConnectPhase.TRANSPORT, true, "cannot connect to tcp:peer:4444: refused", null);

    private CompletableFuture<Void> connecting() {
        CompletableFuture<Void> connected = probe.connect(PEER);
        loops.run();
        return connected;
    }

    private QmpConnectException connectFailure(CompletableFuture<?> connected) {
        assertThat(connected).isCompletedExceptionally();
        assertIdle();
        return (QmpConnectException) failureOf(connected);
    }

    private void neverEstablishes() {
        probe.establishing = CompletableFuture::new;
    }

    // ------------------------------------------------------------------ failures

    @Test
    @DisplayName("S2 a connect error says the phase and carries the root cause")
    void aConnectErrorSaysThePhase() {
        QmpConnectException failure = failureInNegotiation(new ProtocolException(Violation.UNEXPECTED, "nonsense"));
        assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure).hasMessage("negotiation failed: nonsense");
        assertThat(failure).hasCauseInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("S2 a connect error says what it probably means, if another attempt may help")
    void aConnectErrorSaysWhatItProbablyMeans() {
        QmpConnectException failure = failureInNegotiation(ConnectionLostException.endOfStream());
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessage("negotiation failed: the peer closed the connection; the peer is busy");
    }

    private QmpConnectException failureInNegotiation(Exception cause) {
        probe.establishing = () -> {
            probe.phase(ConnectPhase.NEGOTIATION, "the peer is busy");
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
        assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
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
    @DisplayName("S14 the deadline for reaching the peer")
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
    @DisplayName("S14 the deadline for TLS says so")
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
        probe.phase(ConnectPhase.GREETING, "somebody else is being served");
        for (int second = 0; second < HANDSHAKE.toSeconds() - 1; second++) {
            loops.advance(Duration.ofSeconds(1));
            loops.transport().peerSays("drip");
        }
        assertThat(connected).isNotDone();
        loops.advance(Duration.ofSeconds(1));

        assertThat(connectFailure(connected))
                .hasMessage("no greeting: nothing within 30000 ms; somebody else is being served");
    }

    @Test
    @DisplayName("S14 no deadline outlives the attempt")
    void noDeadlineOutlivesTheAttempt() {
        connected();
        assertThat(loops.timers()).isZero();
        loops.advance(EVER);
        assertThat(probe.runstate()).isEqualTo(RUNNING);
    }

    // ------------------------------------------------------------------ cancellation

    @Test
    @DisplayName("S15 cancelled before it has begun: nothing was touched")
    void cancelledBeforeItHasBegun() {
        CompletableFuture<Void> connected = probe.connect(PEER);
        connected.cancel(false);
        loops.run();
        assertIdle();
        assertThat(loops.dials()).isEmpty();
        assertThat(probe.runstates()).isEmpty();
    }

    @Test
    @DisplayName("S15 #19 cancelled while dialling")
    void cancelledWhileDialling() {
        CompletableFuture<Void> connected = connecting();
        connected.cancel(false);
        loops.run();
        assertIdle();
        assertThat(loops.dial().isCancelled()).isTrue();
        assertThat(failureOf(connected)).isInstanceOf(CancellationException.class);
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S15 #19 cancelled while establishing")
    void cancelledWhileEstablishing() {
        probe.establishing = () -> probe.hear().thenAccept(line -> {});
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        connected.cancel(false);
        loops.run();
        assertIdle();
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S15 the caller's own deadline on the future counts as a cancellation")
    void theCallersOwnDeadline() {
        CompletableFuture<Void> connected = connecting();
        connected.completeExceptionally(new TimeoutException("as orTimeout does"));
        loops.run();
        assertIdle();
        assertThat(failureOf(connected)).isInstanceOf(TimeoutException.class);
    }

    @Test
    @DisplayName("S15 cancelled when it had succeeded, and nobody was told yet: the session goes")
    void cancelledInTheLastMoment() {
        ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
        probe = new LineProbe(options().callbackExecutor(callbacks::add).build());
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        assertThat(probe.runstate()).isEqualTo(RUNNING);

        connected.cancel(false);
        runAll(callbacks);

        assertIdle();
        probe = new LineProbe(options().build());
    }

    @Test
    @DisplayName("S15 the server started for nobody is stopped when its future is cancelled in the last moment")
    void listeningCancelledInTheLastMoment() {
        ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
        probe = new LineProbe(options().callbackExecutor(callbacks::add).build());
        CompletableFuture<Void> connected = probe.startServerAndAccept(PEER);
        loops.run();
        assertThat(loops.acceptors()).hasSize(1);

        connected.cancel(false);
        runAll(callbacks);

        assertIdle();
        probe = new LineProbe(options().build());
    }

    private void runAll(ArrayDeque<Runnable> callbacks) {
        loops.run();
        for (Runnable callback = callbacks.poll(); callback != null; callback = callbacks.poll()) {
            callback.run();
            loops.run();
        }
    }

    @Test
    @DisplayName("S15 what is reached too late is closed")
    void whatIsReachedTooLateIsClosed() {
        CompletableFuture<Void> connected = connecting();
        loops.execute(() -> connected.cancel(false));
        loops.execute(loops.dial()::open);
        loops.run();
        assertIdle();
    }

    @Test
    @DisplayName("S15 disconnecting ends an attempt, which is told so")
    void disconnectEndsAnAttempt() {
        CompletableFuture<Void> connected = connecting();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.run();
        assertThat(connectFailure(connected)).hasMessageContaining("disconnected meanwhile");
        assertThat(disconnected).isCompleted();
    }

    // ------------------------------------------------------------------ who sees what

    @Test
    @DisplayName("S22 a watcher sees CONNECTING before an immediate failure")
    void connectingIsSeenBeforeAnImmediateFailure() {
        List<Runstate> seen = new ArrayList<>();
        probe.addRunstateListener(change -> seen.add(change.current()));
        loops.newDial = () -> ManualDial.failed(refused);
        assertThat(connectFailure(connecting())).isSameAs(refused);
        assertThat(seen).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @ParameterizedTest(name = "S22 a listener that disconnects at {0} does not break the attempt")
    @EnumSource(names = {"CONNECTING", "RUNNING", "DISCONNECTING"})
    void aListenerThatDisconnects(Runstate at) {
        loops.newDial = ManualDial::succeeded;
        List<CompletableFuture<Void>> disconnects = new ArrayList<>();
        probe.addRunstateListener(change -> {
            if (change.current() == at) {
                disconnects.add(probe.disconnect());
            }
        });
        CompletableFuture<Void> connected = connecting();
        disconnects.add(probe.disconnect());
        loops.run();
        assertThat(connected).isDone();
        assertThat(disconnects).hasSize(2).allSatisfy(done -> assertThat(done).isDone());
        assertIdle();
    }

    @Test
    @DisplayName("S22 a listener that disconnects while a failed attempt is taken down does not lose the failure")
    void aListenerThatDisconnectsDuringAFailure() {
        probe.addRunstateListener(change -> {
            if (change.current() == DISCONNECTING) {
                probe.disconnect();
            }
        });
        CompletableFuture<Void> connected = connecting();
        loops.dial().fail(refused);
        assertThat(connectFailure(connected)).isSameAs(refused);
    }

    @Test
    @DisplayName("S22 a listener that connects anew at IDLE, in vain: each attempt is told of its own failure")
    void aListenerThatConnectsAnew() {
        List<RuntimeException> failures = List.of(
                new QmpConnectException(ConnectPhase.TRANSPORT, true, "first", null),
                new QmpConnectException(ConnectPhase.TRANSPORT, true, "second", null));
        loops.newDial = () -> ManualDial.failed(failures.get(loops.dials().size()));
        List<CompletableFuture<Void>> attempts = new ArrayList<>();
        probe.addRunstateListener(change -> {
            if (change.current() == IDLE && attempts.isEmpty()) {
                attempts.add(probe.connect(PEER));
            }
        });
        CompletableFuture<Void> first = probe.connect(PEER);
        loops.run();
        assertThat(failureOf(first)).hasMessage("first");
        assertThat(failureOf(attempts.get(0))).hasMessage("second");
        assertIdle();
    }

    @Test
    @DisplayName("S23 RUNNING only when the session is fully established")
    void runningOnlyWhenEstablished() {
        CompletableFuture<Void> handshake = new CompletableFuture<>();
        probe.establishing = () -> handshake;
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        assertThat(probe.runstate()).isEqualTo(CONNECTING);
        assertThat(connected).isNotDone();
        handshake.complete(null);
        loops.run();
        assertThat(probe.runstate()).isEqualTo(RUNNING);
        assertThat(connected).isCompleted();
    }

    @Test
    @DisplayName("S23 messages of the handshake go to it, what came early goes to the session, in order")
    void earlyMessagesAreKept() {
        probe.establishing = () -> probe.hear().thenAccept(line -> probe.say("you said " + line));
        connecting();
        loops.dial().succeed();
        loops.transport().peerSays("one", "two", "three");
        assertThat(probe.heard()).containsExactly("two", "three");
        assertThat(loops.transport().written()).containsExactly("you said one");
    }

    @Test
    @DisplayName("S23 a message is not lost to a receive that its caller gave up")
    void aReceiveThatWasGivenUp() {
        CompletableFuture<Void> handshake = new CompletableFuture<>();
        List<String> received = new ArrayList<>();
        probe.establishing = () -> {
            probe.hear().cancel(false);
            probe.hear().cancel(false);
            return handshake;
        };
        connecting();
        loops.dial().succeed();
        loops.transport().peerSays("one", "two");
        loops.run(() -> probe.hear().thenAccept(received::add));
        assertThat(received).containsExactly("one");
        loops.run(() -> handshake.complete(null));
        assertThat(probe.heard()).containsExactly("two");
    }

    @Test
    @DisplayName("S23 a peer that talks and talks while nobody listens is bounded")
    void aTalkativePeerIsBounded() {
        neverEstablishes();
        CompletableFuture<Void> connected = connecting();
        loops.dial().succeed();
        String[] flood = new String[100_000];
        Arrays.fill(flood, "talk");
        loops.transport().peerSays(flood);
        assertThat(connectFailure(connected)).hasCauseInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("S23 a session starts with an empty queue")
    void aSessionStartsWithAnEmptyQueue() {
        probe.maySend = line -> false;
        ManualTransport first = connected();
        probe.say("for the first");
        loops.run();
        first.peerCloses();
        assertThat(probe.unsent()).containsExactly("for the first");

        probe.maySend = line -> true;
        ManualTransport second = connected();
        loops.run();
        assertThat(second.written()).isEmpty();
    }

    @Test
    @DisplayName("S5 a protocol object can be connected any number of times")
    void canBeConnectedAgainAndAgain() {
        for (int round = 0; round < 3; round++) {
            connected();
            probe.disconnect();
            loops.run();
            assertIdle();
        }
    }
}

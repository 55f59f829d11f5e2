package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.StateException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rows S10, S11, S12, S14, S15, S20 and S21: listening and accepting. */
class AcceptingTests extends OnManualLoops {

    private CompletableFuture<Endpoint> listening() {
        CompletableFuture<Endpoint> listening = probe.startServer(PEER);
        loops.run();
        return listening;
    }

    private CompletableFuture<Void> accepting() {
        CompletableFuture<Void> accepted = probe.accept();
        loops.run();
        return accepted;
    }

    @Test
    @DisplayName("S10 startServer binds and returns with CONNECTING, without waiting for a peer")
    void startServerReturnsWithConnecting() {
        assertThat(listening()).isCompletedWithValue(PEER);
        assertThat(probe.runstate()).isEqualTo(CONNECTING);
        assertThat(loops.acceptor().isAccepting()).isFalse();
        loops.advance(EVER);
        assertThat(probe.runstate()).isEqualTo(CONNECTING);
    }

    @Test
    @DisplayName("S10 accept before startServer is an error that touches nothing")
    void acceptBeforeStartServer() {
        CompletableFuture<Void> accepted = accepting();
        assertThat(failureOf(accepted))
                .isInstanceOf(StateException.class)
                .hasMessageContaining("idle; start its server first (CONNECTING is required)");
        assertThat(probe.runstates()).isEmpty();
    }

    @Test
    @DisplayName("S11 listening and accepting as two calls")
    void asTwoCalls() {
        listening();
        CompletableFuture<Void> accepted = accepting();
        loops.advance(EVER);
        assertThat(accepted).as("without a deadline").isNotDone();

        loops.acceptor().peerArrives();
        loops.dial().succeed();

        assertThat(accepted).isCompleted();
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING);
    }

    @Test
    @DisplayName("S12 listening and accepting as one call leads to the same session")
    void asOneCall() {
        CompletableFuture<Void> accepted = probe.startServerAndAccept(PEER);
        loops.run();
        loops.acceptor().peerArrives();
        loops.dial().succeed();
        assertThat(accepted).isCompleted();

        loops.transport().peerSays("hello");
        probe.say("hello yourself");
        loops.run();

        assertThat(probe.heard()).containsExactly("hello");
        assertThat(loops.transport().written()).containsExactly("hello yourself");
        assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING);
    }

    @Test
    @DisplayName("S4 S11 a second accept while one is under way is refused, and the first goes on")
    void aSecondAcceptIsRefused() {
        listening();
        CompletableFuture<Void> first = accepting();
        assertIsRefused(accepting());
        loops.acceptor().peerArrives();
        assertIsRefused(accepting());
        loops.dial().succeed();
        assertThat(first).isCompleted();
    }

    private static void assertIsRefused(CompletableFuture<Void> accepted) {
        assertThat(failureOf(accepted)).isInstanceOfSatisfying(StateException.class, refusal -> {
            assertThat(refusal.actual()).isEqualTo(CONNECTING);
            assertThat(refusal.required()).isEqualTo(CONNECTING);
            assertThat(refusal).hasMessageContaining("waiting for its peer or connecting already; wait for that");
        });
    }

    @Test
    @DisplayName("S14 what cannot be bound leaves IDLE")
    void whatCannotBeBound() {
        loops.bindFailure = new QmpConnectException(ConnectPhase.TRANSPORT, true, "in use", null);
        CompletableFuture<Endpoint> listening = listening();
        assertThat(failureOf(listening)).isSameAs(loops.bindFailure);
        assertIdle();
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S14 an accept that fails leaves IDLE with nothing open")
    void anAcceptThatFails() {
        listening();
        CompletableFuture<Void> accepted = accepting();
        loops.acceptor().breaks(new IOException("too many open files"));
        assertThat(failureOf(accepted))
                .isInstanceOf(QmpConnectException.class)
                .hasMessageContaining("too many open files");
        assertIdle();
    }

    @Test
    @DisplayName("S14 the accepted peer that stays silent is subject to the deadlines")
    void aSilentPeerIsSubjectToDeadlines() {
        probe.establishing = CompletableFuture::new;
        listening();
        CompletableFuture<Void> accepted = accepting();
        loops.acceptor().peerArrives();
        loops.dial().succeed();
        loops.advance(HANDSHAKE);
        assertThat(failureOf(accepted)).isInstanceOf(QmpConnectException.class);
        assertIdle();
    }

    @Test
    @DisplayName("S14 the peer that waited in the backlog is subject to the deadlines too")
    void aPeerFromTheBacklogIsSubjectToDeadlines() {
        probe.establishing = CompletableFuture::new;
        loops.peerWaits = true;
        loops.newDial = ManualDial::succeeded;
        listening();
        CompletableFuture<Void> accepted = accepting();
        assertThat(loops.transport().isOpen()).isTrue();
        loops.advance(HANDSHAKE);
        assertThat(failureOf(accepted)).isInstanceOf(QmpConnectException.class);
        assertIdle();
    }

    @Test
    @DisplayName("S15 cancelling an accept leaves IDLE and stops listening")
    void cancellingAnAccept() {
        listening();
        accepting().cancel(false);
        loops.run();
        assertIdle();
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S15 an accept cancelled before it has begun leaves IDLE too")
    void cancellingAnAcceptBeforeItHasBegun() {
        listening();
        probe.accept().cancel(false);
        loops.run();
        assertIdle();
    }

    @Test
    @DisplayName("S15 cancelling listen-and-accept, while it accepts")
    void cancellingListenAndAccept() {
        CompletableFuture<Void> accepted = probe.startServerAndAccept(PEER);
        loops.run();
        assertThat(loops.acceptor().isAccepting()).isTrue();
        accepted.cancel(false);
        loops.run();
        assertIdle();
    }

    @Test
    @DisplayName("S16 disconnecting while accepting ends the accept and stops listening")
    void disconnectingWhileAccepting() {
        listening();
        CompletableFuture<Void> accepted = accepting();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.run();
        assertThat(failureOf(accepted))
                .isInstanceOf(QmpConnectException.class)
                .hasMessageContaining("disconnected meanwhile");
        assertThat(disconnected).isCompleted();
        assertIdle();
    }

    @Test
    @DisplayName("S16 disconnecting between startServer and accept stops listening")
    void disconnectingBeforeAccept() {
        listening();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.run();
        assertThat(disconnected).isCompleted();
        assertIdle();
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S16 IDLE comes when the system has the listening socket back, or at the deadline")
    void idleWhenTheSocketIsGone() {
        loops.acceptorsCloseAtOnce = false;
        listening();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.run();
        assertThat(probe.runstate()).isEqualTo(DISCONNECTING);
        assertThat(disconnected).isNotDone();
        loops.acceptor().finishClosing();
        loops.run();
        assertThat(disconnected).isCompleted();
        assertIdle();

        listening();
        disconnected = probe.disconnect();
        loops.advance(DISCONNECT);
        assertThat(disconnected).isCompleted();
        assertIdle();
    }

    @Test
    @DisplayName("S16 a session that ends while its listening socket is being closed: IDLE comes when both are closed")
    void idleAfterASessionWhenTheSocketIsGone() {
        loops.acceptorsCloseAtOnce = false;
        establish().peerCloses();
        assertThat(probe.runstate()).isEqualTo(DISCONNECTING);
        loops.acceptor().finishClosing();
        loops.run();
        assertIdle();

        establish();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.advance(DISCONNECT.minusMillis(1));
        assertThat(disconnected).isNotDone();
        loops.advance(Duration.ofMillis(1));
        assertThat(disconnected).isCompleted();
        assertIdle();
        assertThat(probe.runstates())
                .containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE, CONNECTING, RUNNING, DISCONNECTING, IDLE);
    }

    private ManualTransport establish() {
        listening();
        accepting();
        loops.acceptor().peerArrives();
        loops.dial().succeed();
        assertThat(probe.runstate()).isEqualTo(RUNNING);
        return loops.transport();
    }

    @Test
    @DisplayName("S14 S16 a socket that is bound while its server is cancelled is closed before IDLE")
    void idleWhenTheBindIsUndone() {
        loops.bindsAtOnce = false;
        loops.acceptorsCloseAtOnce = false;
        CompletableFuture<Endpoint> listening = listening();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.run();
        loops.finishBinding(PEER);
        loops.run();
        assertThat(probe.runstate()).isEqualTo(DISCONNECTING);
        assertThat(disconnected).isNotDone();

        loops.acceptor().finishClosing();
        loops.run();
        assertThat(disconnected).isCompleted();
        assertThat(failureOf(listening)).hasMessageContaining("disconnected meanwhile");
        assertIdle();
    }

    @Test
    @DisplayName("S15 S16 a cancelled bind that hangs delays IDLE by the deadline at most")
    void aBindThatHangs() {
        loops.bindsAtOnce = false;
        listening().cancel(false);
        loops.run();
        assertThat(probe.runstate()).isEqualTo(DISCONNECTING);
        loops.advance(DISCONNECT);
        assertIdle();
    }

    @Test
    @DisplayName("S14 S16 a socket that is bound at the moment of the cancellation is closed before IDLE")
    void boundAtThatMoment() {
        loops.bindsAtOnce = false;
        loops.acceptorsCloseAtOnce = false;
        listening();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.finishBinding(PEER); // before the loop is notified of either
        loops.run();
        assertThat(disconnected).isNotDone();
        loops.acceptor().finishClosing();
        loops.run();
        assertThat(disconnected).isCompleted();
        assertIdle();
    }

    @Test
    @DisplayName("S22 a listener that disconnects at CONNECTING keeps the server from being started")
    void aListenerThatDisconnects() {
        probe.onChange = change -> {
            if (change.current() == CONNECTING) {
                probe.disconnect();
            }
        };
        assertThat(failureOf(listening())).isInstanceOf(QmpConnectException.class);
        assertThat(loops.acceptors()).isEmpty();
        assertIdle();
    }

    @Test
    @DisplayName("S20 after a peer is accepted, no socket listens")
    void nobodyListensAfterwards() {
        listening();
        accepting();
        loops.acceptor().peerArrives();
        assertThat(loops.acceptor().isClosed()).isTrue();
        assertThat(probe.runstate()).isEqualTo(CONNECTING);
    }
}

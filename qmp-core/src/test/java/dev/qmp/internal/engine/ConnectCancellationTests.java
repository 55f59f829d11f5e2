package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.LineProbe;
import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Row S15: attempts that are cancelled at any moment. */
class ConnectCancellationTests extends OnManualDial {

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
    @DisplayName("S15 cancelled before it has begun: the connection that was to be taken is closed")
    void aConnectionThatNobodyTakes() {
        ManualConnection connection = new ManualConnection();
        CompletableFuture<Void> connected = probe.connect(connection);
        connected.cancel(false);
        loops.run();
        assertIdle();
        assertThat(connection.isClosed()).isTrue();
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
    @DisplayName("S15 an attempt whose future its caller has completed with a value ends")
    void completedByTheCaller() {
        CompletableFuture<Void> connected = connecting();
        connected.complete(null); // as completeOnTimeout does
        loops.run();
        assertIdle();
        assertThat(loops.dial().isCancelled()).isTrue();
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @Test
    @DisplayName("S15 cancelled after success, before the future completes: the session ends")
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
    @DisplayName("S15 a server whose future is cancelled at the last moment is stopped")
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
    @DisplayName("S15 disconnecting ends an attempt, and its failure states that")
    void disconnectEndsAnAttempt() {
        CompletableFuture<Void> connected = connecting();
        CompletableFuture<Void> disconnected = probe.disconnect();
        loops.run();
        assertThat(connectFailure(connected)).hasMessageContaining("disconnected meanwhile");
        assertThat(disconnected).isCompleted();
    }
}

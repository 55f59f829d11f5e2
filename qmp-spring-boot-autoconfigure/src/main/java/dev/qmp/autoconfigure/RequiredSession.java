package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The session that a fail-fast start waits for: the present one, one that another thread is establishing, or a new
 * attempt.
 */
final class RequiredSession {

    private final ManagedClient managed;
    private final CompletableFuture<Void> met = new CompletableFuture<>();
    private final long begin = System.nanoTime();
    /** Whether this object began the attempt: then its own failure has a better message than the runstate. */
    private volatile boolean attempting;

    private RequiredSession(ManagedClient managed) {
        this.managed = managed;
    }

    /** Begins an attempt if there is no session. */
    static RequiredSession of(ManagedClient managed) {
        RequiredSession session = new RequiredSession(managed);
        Registration registration = managed.client().addRunstateListener(session::changed);
        session.met.whenComplete((nothing, failure) -> registration.close());
        session.look();
        return session;
    }

    private void look() {
        QmpClient client = managed.client();
        if (client.runstate() == Runstate.RUNNING) {
            met.complete(null);
        } else if (client.runstate() == Runstate.IDLE) {
            attempting = true;
            CompletableFuture<Void> attempt = client.connect();
            attempt.whenComplete((nothing, failure) -> attempted(failure));
            met.whenComplete((nothing, failure) -> {
                if (failure != null) { // after a success, a cancel could end the session
                    attempt.cancel(false);
                }
            });
        }
    }

    private void attempted(@Nullable Throwable failure) {
        attempting = false;
        if (failure == null) {
            met.complete(null);
        } else if (failure instanceof StateException && managed.client().runstate() != Runstate.IDLE) {
            look(); // another thread has begun an attempt, which serves as well
        } else {
            met.completeExceptionally(failure);
        }
    }

    private void changed(RunstateChange change) {
        if (change.current() == Runstate.RUNNING) {
            met.complete(null);
        } else if (change.current() == Runstate.IDLE && !attempting) {
            met.completeExceptionally(
                    change.cause() != null ? change.cause() : new IllegalStateException("it was disconnected"));
        }
    }

    /**
     * Waits for the session. An attempt to connect has its own deadlines, but in mode {@code listen} the wait needs
     * one. Spring interrupts the starting thread only in the state {@code WAITING}. A wait with a limit is {@code
     * TIMED_WAITING}, so the deadline completes the future.
     *
     * @throws QmpFailFastException if there is no session
     */
    void await() {
        Duration timeout = managed.startTimeout();
        try {
            met.orTimeout(begin + timeout.toNanos() - System.nanoTime(), TimeUnit.NANOSECONDS)
                    .get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw failed(cause instanceof TimeoutException ? tooLate(timeout) : cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(new InterruptedException("the start was interrupted"));
        } finally {
            met.cancel(false);
        }
    }

    private TimeoutException tooLate(Duration timeout) {
        return new TimeoutException((managed.listens() ? "no machine has dialled" : "there is no session") + " within "
                + timeout.toMillis() + " ms");
    }

    private QmpFailFastException failed(Throwable cause) {
        return new QmpFailFastException(managed.name(), managed.client().endpoint(), cause);
    }
}

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
 * A session that the start of the application waits for: the one there is, the one that somebody is about to make, or one
 * that is attempted now.
 */
final class RequiredSession {

    private final ManagedClient managed;
    private final CompletableFuture<Void> met = new CompletableFuture<>();
    private final long begin = System.nanoTime();
    /** Whether the attempt is ours, so that its own failure tells more than the runstate. */
    private volatile boolean attempting;

    private RequiredSession(ManagedClient managed) {
        this.managed = managed;
    }

    /** Begins the attempt, if there is need for one. */
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
                if (failure != null) { // else the runstate told before the attempt did, which would end the session
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
            look(); // somebody else was quicker: the attempt under way is as good
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
     * Waits for the session. An attempt to connect has deadlines of its own, but a machine may be awaited for ever.
     *
     * @throws QmpFailFastException if there is none
     */
    void await() {
        Duration timeout = managed.startTimeout();
        try {
            met.get(begin + timeout.toNanos() - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw failed(new TimeoutException((managed.listens() ? "no machine has dialled" : "there is no session")
                    + " within " + timeout.toMillis() + " ms"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(new InterruptedException("the start was interrupted"));
        } finally {
            met.cancel(false);
        }
    }

    private QmpFailFastException failed(Throwable cause) {
        return new QmpFailFastException(managed.name(), managed.client().endpoint(), cause);
    }
}

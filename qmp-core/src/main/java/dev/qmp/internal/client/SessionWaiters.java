package dev.qmp.internal.client;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Blocking callers who wait for a session, or for its end. They are woken directly on the event loop: the thread that
 * waits may be the only one of the callback executor, which then could tell it nothing.
 */
@BottomHalf
final class SessionWaiters {

    private final List<CompletableFuture<Void>> forSession = new ArrayList<>();
    private final List<CompletableFuture<Void>> forEnd = new ArrayList<>();
    private boolean attemptEnded;

    /** Has a caller wait for the attempt that is about to begin. */
    void awaitSession(CompletableFuture<Void> outcome) {
        forSession.add(outcome);
    }

    /** Has a caller wait for the disconnect that is about to begin, or under way. */
    void awaitEnd(CompletableFuture<Void> outcome) {
        forEnd.add(outcome);
    }

    void runstateChanged(RunstateChange change) {
        switch (change.current()) {
            case CONNECTING -> {}
            case RUNNING -> tell(forSession, null);
            case DISCONNECTING -> attemptEnded = change.previous() == Runstate.CONNECTING;
            case IDLE -> {
                Throwable cause = change.cause();
                tell(forSession, cause != null ? cause : takenBack());
                tell(forEnd, attemptEnded ? null : cause); // of a failed attempt its own caller is told
            }
        }
    }

    private static void tell(List<CompletableFuture<Void>> waiters, @Nullable Throwable failure) {
        List<CompletableFuture<Void>> all = List.copyOf(waiters);
        waiters.clear();
        for (CompletableFuture<Void> waiter : all) {
            if (failure == null) {
                waiter.complete(null);
            } else {
                waiter.completeExceptionally(failure);
            }
        }
    }

    private static QmpConnectException takenBack() {
        return new QmpConnectException(ConnectPhase.TRANSPORT, false, "cannot connect: disconnected meanwhile", null);
    }
}

package dev.qmp.internal.client;

import dev.qmp.internal.engine.Engine;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import dev.qmp.protocol.UpperHalf;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Blocking callers that wait for a session of any attempt. They are woken directly on the event loop, because the
 * waiting thread may be the only one of the callback executor.
 */
final class SessionWaiters {

    private final ClientLifeCycle lifeCycle;
    private final Engine<QmpMessage> engine;
    /** Null if there is none, as on most connections of a fleet. */
    private @Nullable Set<CompletableFuture<Void>> waiters;

    SessionWaiters(ClientLifeCycle lifeCycle, Engine<QmpMessage> engine) {
        this.lifeCycle = lifeCycle;
        this.engine = engine;
    }

    /** {@return completes with the next session, on the loop; fails with StateException if none can be expected} */
    @UpperHalf
    CompletableFuture<Void> running() {
        CompletableFuture<Void> running = new CompletableFuture<>();
        engine.onLoop(() -> {
            if (!lifeCycle.isClosed() && engine.runstates().current() == Runstate.RUNNING) {
                running.complete(null);
            } else if (!isSessionExpected()) {
                running.completeExceptionally(lifeCycle.noSession());
            } else if (!running.isDone()) {
                add(running);
                running.whenComplete((nothing, failure) -> engine.onLoop(() -> forget(running)));
            }
        });
        return running;
    }

    private void add(CompletableFuture<Void> running) {
        Set<CompletableFuture<Void>> all = waiters == null ? new LinkedHashSet<>() : waiters;
        all.add(running);
        waiters = all;
    }

    @BottomHalf
    @SuppressWarnings("CollectionUndefinedEquality") // each caller has a future of its own, which equals itself only
    private void forget(CompletableFuture<Void> running) {
        engine.loop().assertOnLoop();
        if (waiters != null && waiters.remove(running) && waiters.isEmpty()) {
            waiters = null;
        }
    }

    /** {@return whether a session may begin: by the attempt that is under way, or by a later one} */
    private boolean isSessionExpected() {
        Runstate runstate = engine.runstates().current();
        boolean mayBegin = runstate == Runstate.CONNECTING || runstate == Runstate.RUNNING;
        return !lifeCycle.isClosed() && (mayBegin || lifeCycle.outlook() == Downtime.Outlook.NEXT_ATTEMPT);
    }

    /** Wakes the callers whose wait a change of the runstate ends. */
    @BottomHalf
    void runstateChanged(RunstateChange change) {
        engine.loop().assertOnLoop();
        if (change.current() == Runstate.RUNNING) {
            end(waiter -> waiter.complete(null));
        }
        failInVain();
    }

    /** Fails the callers that wait for a session, if none can be expected any more. */
    @BottomHalf
    void failInVain() {
        engine.loop().assertOnLoop();
        if (waiters != null && !isSessionExpected()) {
            StateException reason = lifeCycle.noSession();
            end(waiter -> waiter.completeExceptionally(reason));
        }
    }

    private void end(Consumer<CompletableFuture<Void>> outcome) {
        Set<CompletableFuture<Void>> all = waiters;
        waiters = null; // first, because an outcome may add the next caller, and removes this one
        if (all != null) {
            all.forEach(outcome);
        }
    }
}

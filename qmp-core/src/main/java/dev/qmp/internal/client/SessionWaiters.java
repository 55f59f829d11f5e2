package dev.qmp.internal.client;

import dev.qmp.internal.engine.Engine;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import dev.qmp.protocol.UpperHalf;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Blocking callers that wait for a session. They are woken directly on the event loop, because the waiting thread may
 * be the only one of the callback executor.
 */
final class SessionWaiters {

    private final ClientLifeCycle lifeCycle;
    private final Engine<QmpMessage> engine;
    /** Callers that wait for an attempt of their own; null if there is none, as on most connections of a fleet. */
    private @Nullable Set<CompletableFuture<Void>> ofOwnAttempt;
    /** Callers that wait for a session of any attempt; null if there is none. */
    private @Nullable Set<CompletableFuture<Void>> ofAnyAttempt;

    SessionWaiters(ClientLifeCycle lifeCycle, Engine<QmpMessage> engine) {
        this.lifeCycle = lifeCycle;
        this.engine = engine;
    }

    /** {@return completes on the event loop, for a blocking caller; otherwise as {@link ClientLifeCycle#connect()}} */
    @UpperHalf
    CompletableFuture<Void> connect() {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        engine.onLoop(() -> {
            if (outcome.isDone()) {
                return; // interrupted before its start
            }
            if (lifeCycle.isClosed()) {
                outcome.completeExceptionally(lifeCycle.closedFailure());
            } else if (engine.runstates().current() != Runstate.IDLE) {
                outcome.completeExceptionally(engine.runstates().unexpected(Runstate.IDLE));
            } else {
                ofOwnAttempt = with(ofOwnAttempt, outcome);
                CompletableFuture<Void> attempt = lifeCycle.connect();
                outcome.whenComplete((nothing, failure) -> {
                    if (failure instanceof CancellationException) {
                        attempt.cancel(false);
                    }
                });
            }
        });
        return outcome;
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
                ofAnyAttempt = with(ofAnyAttempt, running);
                running.whenComplete((nothing, failure) -> engine.onLoop(() -> forget(running)));
            }
        });
        return running;
    }

    /** {@return the same callers, or a new set, with one more} */
    private static Set<CompletableFuture<Void>> with(
            @Nullable Set<CompletableFuture<Void>> waiters, CompletableFuture<Void> added) {
        Set<CompletableFuture<Void>> all = waiters == null ? new LinkedHashSet<>() : waiters;
        all.add(added);
        return all;
    }

    @BottomHalf
    @SuppressWarnings("CollectionUndefinedEquality") // each caller has a future of its own, which equals itself only
    private void forget(CompletableFuture<Void> running) {
        engine.loop().assertOnLoop();
        if (ofAnyAttempt != null && ofAnyAttempt.remove(running) && ofAnyAttempt.isEmpty()) {
            ofAnyAttempt = null;
        }
    }

    /** {@return whether a session may begin, by the calls that the loop has executed} */
    private boolean isSessionExpected() {
        Runstate runstate = engine.runstates().current();
        boolean mayBegin = runstate == Runstate.CONNECTING || runstate == Runstate.RUNNING;
        boolean isReconnecting = lifeCycle.reconnector().isReconnecting() && !engine.isWithoutLoops();
        return !lifeCycle.isClosed() && (mayBegin || isReconnecting);
    }

    /** Wakes the callers whose wait a change of the runstate ends. */
    @BottomHalf
    void runstateChanged(RunstateChange change) {
        engine.loop().assertOnLoop();
        if (change.current() == Runstate.RUNNING) {
            endOwnAttempt(waiter -> waiter.complete(null));
            endAnyAttempt(waiter -> waiter.complete(null));
        } else if (change.current() == Runstate.IDLE) {
            Throwable cause = change.cause();
            Throwable failure = cause != null ? cause : disconnected();
            endOwnAttempt(waiter -> waiter.completeExceptionally(failure));
        }
        failInVain();
    }

    /** Fails the callers that wait for a session, if none can be expected any more. */
    @BottomHalf
    void failInVain() {
        engine.loop().assertOnLoop();
        if (ofAnyAttempt != null && !isSessionExpected()) {
            StateException reason = lifeCycle.noSession();
            endAnyAttempt(waiter -> waiter.completeExceptionally(reason));
        }
    }

    private void endOwnAttempt(Consumer<CompletableFuture<Void>> outcome) {
        Set<CompletableFuture<Void>> all = ofOwnAttempt;
        ofOwnAttempt = null; // first, because an outcome may add the next caller
        if (all != null) {
            all.forEach(outcome);
        }
    }

    private void endAnyAttempt(Consumer<CompletableFuture<Void>> outcome) {
        Set<CompletableFuture<Void>> all = ofAnyAttempt;
        ofAnyAttempt = null; // first, because an outcome may add the next caller, and removes this one
        if (all != null) {
            all.forEach(outcome);
        }
    }

    private static QmpConnectException disconnected() {
        return new QmpConnectException(ConnectPhase.TRANSPORT, false, "cannot connect: disconnected meanwhile", null);
    }
}

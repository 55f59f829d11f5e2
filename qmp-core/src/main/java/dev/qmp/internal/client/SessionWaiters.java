package dev.qmp.internal.client;

import dev.qmp.internal.engine.Copies;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Blocking callers that wait for a session. They are woken directly on the event loop, because the waiting thread may
 * be the only one of the callback executor.
 */
@BottomHalf
final class SessionWaiters {

    private List<CompletableFuture<Void>> waiters = List.of();
    /** Callers that wait for a session of any attempt. */
    private List<CompletableFuture<Void>> patient = List.of();

    /** Adds a caller that waits for the attempt that is about to begin. */
    void add(CompletableFuture<Void> outcome) {
        waiters = Copies.with(waiters, outcome);
    }

    /** Adds a caller that waits until there is a session, or none can be expected. */
    void addPatient(CompletableFuture<Void> running) {
        patient = Copies.with(patient, running);
    }

    void removePatient(CompletableFuture<Void> running) {
        patient = Copies.without(patient, running);
    }

    boolean hasPatient() {
        return !patient.isEmpty();
    }

    /** Fails the callers, because no session can be expected. */
    void failPatient(StateException reason) {
        endPatient(waiter -> waiter.completeExceptionally(reason));
    }

    void runstateChanged(RunstateChange change) {
        if (change.current() == Runstate.RUNNING) {
            endAll(waiter -> waiter.complete(null));
            endPatient(waiter -> waiter.complete(null));
        } else if (change.current() == Runstate.IDLE) {
            Throwable cause = change.cause();
            Throwable failure = cause != null ? cause : disconnected();
            endAll(waiter -> waiter.completeExceptionally(failure));
        }
    }

    private void endAll(Consumer<CompletableFuture<Void>> outcome) {
        List<CompletableFuture<Void>> all = waiters;
        waiters = List.of();
        all.forEach(outcome);
    }

    private void endPatient(Consumer<CompletableFuture<Void>> outcome) {
        List<CompletableFuture<Void>> all = patient;
        patient = List.of();
        all.forEach(outcome);
    }

    private static QmpConnectException disconnected() {
        return new QmpConnectException(ConnectPhase.TRANSPORT, false, "cannot connect: disconnected meanwhile", null);
    }
}

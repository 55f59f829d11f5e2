package dev.qmp.internal.client;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClientOptions;
import dev.qmp.event.EventSignal;
import dev.qmp.internal.engine.Causes;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A client's sessions, one after the other: connects and disconnects for callers, connects again by itself, and tells
 * listeners and whoever waits what came of it. Keeps whether the client is closed, and what listeners were promised.
 */
final class ClientLifeCycle {

    private final Endpoint endpoint;
    private final QmpClientOptions options;
    private final QmpProtocol protocol;
    private final EventRegistry events;
    private final Reconnector reconnector;
    private final SessionWaiters waiters = new SessionWaiters();
    private volatile boolean closed;
    /** Whether listeners were told to expect another session. */
    private boolean promised;

    ClientLifeCycle(
            Endpoint endpoint, QmpClientOptions options, QmpProtocol protocol, EventRegistry events, Logger logger) {
        this.endpoint = endpoint;
        this.options = options;
        this.protocol = protocol;
        this.events = events;
        ConnectionLog log = new ConnectionLog(logger, protocol::scheduleTask, System::nanoTime);
        this.reconnector = new Reconnector(
                options.reconnect(), options.mode(), new ProtocolAttempt(), protocol::scheduleTask, log, appearance());
    }

    private Reconnector.SocketAppearance appearance() {
        if (!options.watchSocket()
                || options.mode() != ConnectMode.CONNECT
                || !(endpoint instanceof Endpoint.Unix unix)) {
            return Reconnector.SocketAppearance.NONE;
        }
        return (since, appeared) -> SocketWatch.SHARED.watch(unix.path(), since, new SocketChange(appeared));
    }

    /** Ends a delay when the socket's file changes. Called by the watching thread. */
    private final class SocketChange implements SocketWatch.Callback {

        private final Runnable appeared;

        SocketChange(Runnable appeared) {
            this.appeared = appeared;
        }

        @Override
        public void changed() {
            protocol.runOnLoop(appeared);
        }

        /** Loops that are closed end no watch: nothing runs on them any more. */
        @Override
        public boolean isObsolete() {
            return closed || protocol.areLoopsClosed();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** {@return failed attempts since the last session} */
    int attempts() {
        return reconnector.attempts();
    }

    /** {@return when the next attempt begins, null if none is scheduled} */
    @Nullable
    Instant nextAttempt() {
        return reconnector.nextAttempt();
    }

    /** {@return sessions made again after a loss} */
    long reconnects() {
        return reconnector.reconnects();
    }

    /** {@return whether a session is made again by itself, should there be none} */
    boolean isGoingOn() {
        return reconnector.isGoingOn() && !protocol.areLoopsClosed();
    }

    // ------------------------------------------------------------------ upper half

    /** See {@link dev.qmp.QmpClient#connect}. */
    CompletableFuture<Void> connect() {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        protocol.runOnLoop(() -> begin(outcome));
        return outcome;
    }

    /** Begins an attempt within one turn of the loop, so that it is certain whose it is, and what to take back with it. */
    @BottomHalf
    private void begin(CompletableFuture<Void> outcome) {
        if (outcome.isDone()) {
            return; // taken back before it has begun
        }
        if (closed) {
            protocol.completeLater(() -> Completions.run(
                    options.protocol().callbackExecutor(), () -> outcome.completeExceptionally(closedFailure())));
            return;
        }
        boolean own = protocol.runstate() == Runstate.IDLE;
        CompletableFuture<Void> attempt = open();
        attempt.whenComplete((nothing, failure) -> {
            if (failure != null) {
                outcome.completeExceptionally(failure);
            } else if (!outcome.complete(null)) {
                takeBack(() -> protocol.end(cause -> {}));
            }
        });
        outcome.whenComplete((nothing, failure) -> {
            if (own && failure != null && !attempt.isDone()) {
                takeBack(() -> attempt.cancel(false));
            }
        });
    }

    private void takeBack(Runnable end) {
        protocol.runOnLoop(() -> {
            reconnector.takenBack();
            end.run();
        });
    }

    private IllegalStateException closedFailure() {
        return new IllegalStateException("the client '" + protocol.name() + "' is closed");
    }

    /** {@return where to listen: again on the port that the system chose first, because the machine dials that one} */
    private Endpoint placeToListen() {
        boolean anyPort = endpoint instanceof Endpoint.Tcp tcp && tcp.port() == 0;
        Endpoint last = protocol.lastListeningOn();
        return anyPort && last != null ? last : endpoint;
    }

    private CompletableFuture<Void> open() {
        return options.mode() == ConnectMode.LISTEN
                ? protocol.startServerAndAccept(placeToListen())
                : protocol.connect(endpoint);
    }

    /** As {@link #connect()}, for a caller who waits: completed on the event loop. */
    CompletableFuture<Void> connectAwaited() {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        protocol.runOnLoop(() -> {
            if (outcome.isDone()) {
                return; // interrupted before it has begun
            }
            if (closed) {
                outcome.completeExceptionally(closedFailure());
            } else if (protocol.runstate() != Runstate.IDLE) {
                outcome.completeExceptionally(protocol.notIn(Runstate.IDLE));
            } else {
                waiters.add(outcome);
                CompletableFuture<Void> attempt = connect();
                outcome.whenComplete((nothing, failure) -> {
                    if (failure instanceof CancellationException) {
                        attempt.cancel(false);
                    }
                });
            }
        });
        return outcome;
    }

    /** Completes, on the event loop, when there is a session; fails with {@link StateException} if none can be expected. */
    CompletableFuture<Void> running() {
        CompletableFuture<Void> running = new CompletableFuture<>();
        protocol.runOnLoop(() -> {
            if (!closed && protocol.runstate() == Runstate.RUNNING) {
                running.complete(null);
            } else if (!isSessionExpected()) {
                running.completeExceptionally(noSession());
            } else if (!running.isDone()) {
                waiters.addPatient(running);
                running.whenComplete((nothing, failure) -> protocol.runOnLoop(() -> waiters.removePatient(running)));
            }
        });
        return running;
    }

    private boolean isSessionExpected() {
        Runstate runstate = protocol.runstate();
        return !closed && (runstate == Runstate.CONNECTING || runstate == Runstate.RUNNING || isGoingOn());
    }

    @BottomHalf
    private void failWaitersInVain() {
        if (waiters.hasPatient() && !isSessionExpected()) {
            waiters.failPatient(noSession());
        }
    }

    /** {@return why there is no session, and when there may be one} From any thread; the cause is the last failure. */
    StateException noSession() {
        Runstate runstate = protocol.runstate();
        Throwable lastError = protocol.lastError();
        return new StateException(
                "'" + protocol.name() + "' " + situation(runstate, lastError), runstate, Runstate.RUNNING, lastError);
    }

    private String situation(Runstate runstate, @Nullable Throwable lastError) {
        String failure = lastError == null ? "" : Causes.text(lastError);
        if (closed) {
            return "is closed" + after(": ", failure);
        }
        Instant since = protocol.downtime().since();
        String down = since == null ? "" : " since " + since.truncatedTo(ChronoUnit.SECONDS);
        return switch (runstate) {
            case CONNECTING -> "is down" + down + " and connecting" + after("; the last failure: ", failure);
            case DISCONNECTING -> "is disconnecting" + after(": ", failure);
            case RUNNING -> "has just connected";
            case IDLE ->
                isGoingOn() ? "is down" + down + after(": ", failure) + nextAttemptText() : idleForGood(failure);
        };
    }

    private static String after(String introduction, String text) {
        return text.isEmpty() ? "" : introduction + text;
    }

    private String nextAttemptText() {
        Instant next = reconnector.nextAttempt();
        if (next == null) {
            return "; the next attempt is about to begin";
        }
        long millis = Math.max(0, ChronoUnit.MILLIS.between(Instant.now(), next));
        return String.format(Locale.ROOT, "; the next attempt begins in %.1f s", millis / 1000.0);
    }

    private String idleForGood(String failure) {
        if (protocol.areLoopsClosed()) {
            return "cannot connect any more, because its event loops are closed";
        }
        return failure.isEmpty()
                ? "is not connected, and does not try to; call connect() or start()"
                : "does not try to connect any more; call start() to resume; the last failure: " + failure;
    }

    /** See {@link dev.qmp.QmpClient#start}. */
    void start() {
        protocol.runOnLoop(() -> {
            if (!closed) {
                promised = true; // before the first session, too, listeners have to hear if there will be none
                reconnector.start();
            }
        });
    }

    /**
     * See {@link dev.qmp.QmpClient#disconnect}. All in one turn of the loop: a session that came about in between would be
     * made again after its end.
     *
     * @param completion where the outcome is completed
     */
    CompletableFuture<Void> disconnect(Executor completion) {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        protocol.runOnLoop(() -> {
            reconnector.stop();
            protocol.opening().forgetMachine();
            failWaitersInVain();
            protocol.end(cause -> protocol.completeLater(() -> Completions.run(completion, () -> {
                if (cause == null) {
                    outcome.complete(null);
                } else {
                    outcome.completeExceptionally(cause);
                }
            })));
        });
        return outcome;
    }

    /** Ends it for good; listeners hear of the end of the session before their own. */
    CompletableFuture<Void> close() {
        closed = true;
        return disconnect(Runnable::run).whenComplete((nothing, failure) -> events.close());
    }

    // ------------------------------------------------------------------ bottom half

    /** The reconnector's attempt: its outcome shows in the runstate. */
    @BottomHalf
    private final class ProtocolAttempt implements Reconnector.Attempt {

        @Override
        public boolean begin() {
            if (closed || protocol.runstate() == Runstate.DISCONNECTING) {
                return false;
            }
            if (protocol.runstate() == Runstate.IDLE) {
                open().exceptionally(failure -> null);
            }
            return true;
        }

        @Override
        public boolean wasPeerHeard() {
            return protocol.wasHeard();
        }
    }

    @BottomHalf
    void runstateChanged(RunstateChange change) {
        events.runstateChanged(change);
        if (change.current() == Runstate.RUNNING) {
            promised = false;
            events.signal(new EventSignal.Connected(protocol.opening().greeting()));
        }
        if (change.current() == Runstate.IDLE && protocol.areLoopsClosed()) {
            reconnector.stop();
            events.deliverHeld();
        }
        reconnector.runstateChanged(change);
        if (change.current() == Runstate.IDLE) {
            signalEnd(change.cause());
        }
        waiters.runstateChanged(change);
        failWaitersInVain();
    }

    /** Tells listeners of the session's end; and of the end of all hope, if they were told to expect another one. */
    private void signalEnd(@Nullable Throwable cause) {
        boolean goesOn = reconnector.isGoingOn();
        if (protocol.endedSession() || (promised && !goesOn)) {
            events.signal(new EventSignal.Disconnected(cause, goesOn));
            promised = goesOn;
        }
    }
}

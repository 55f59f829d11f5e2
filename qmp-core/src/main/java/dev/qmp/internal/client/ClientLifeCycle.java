package dev.qmp.internal.client;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClientOptions;
import dev.qmp.internal.engine.Engine;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.ProtocolHandler;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.internal.engine.SessionHandler;
import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The sessions of a client, one after the other. It connects and disconnects for callers, reconnects, and notifies
 * listeners and waiting callers of changes. The state of a single session is in its {@link QmpSession}.
 */
final class ClientLifeCycle implements ProtocolHandler<QmpMessage> {

    private final Endpoint endpoint;
    private final QmpClientOptions options;
    private final EventRegistry events;
    private final Logger logger;
    private final JsonMessageCodec codec;
    private final Engine<QmpMessage> engine;
    private final Reconnector reconnector;
    private final ServerRecord record;
    private final SessionSignals signals;
    private final SessionWaiters waiters;
    /** The session of the last attempt that opened a transport. It stays readable after its end, until the next one. */
    private volatile @Nullable QmpSession session;

    /** A caller's own attempt, from its start to the end of its session; null while there is none. */
    private @Nullable CompletableFuture<Void> ownAttempt;

    private volatile boolean closed;

    /** The last call of {@code start()}, until the event loop executes it or a later call disconnects; else null. */
    private volatile @Nullable Object requestedStart;

    /** Creates the life cycle of a client in {@code IDLE}. */
    ClientLifeCycle(Endpoint endpoint, QmpClientOptions options, Loop loop, EventRegistry events, Logger logger) {
        this.endpoint = endpoint;
        this.options = options;
        this.events = events;
        this.logger = logger;
        this.record = new ServerRecord(endpoint, options, loop);
        this.signals = new SessionSignals(events);
        this.codec = JsonMessageCodec.forClient(options.awaitGreeting());
        this.engine = new Engine<>("QmpClient", options.protocol(), codec, loop, this);
        this.waiters = new SessionWaiters(this, engine);
        this.reconnector = new Reconnector(
                options.reconnect(),
                options.mode(),
                new BackgroundConnector(),
                engine,
                new ConnectionLog(logger, engine, System::nanoTime));
    }

    // ------------------------------------------------------------------ for the client and its sessions

    Endpoint endpoint() {
        return endpoint;
    }

    /** {@return the engine: the runstate, its listeners, and the endpoint on which the client listens} */
    Engine<QmpMessage> engine() {
        return engine;
    }

    /** {@return the session of the last attempt that opened a transport, ended or not; null before the first} */
    @Nullable
    QmpSession session() {
        return session;
    }

    /** {@return the session that takes commands; null if there is none, or if the client is closed} */
    @Nullable
    QmpSession runningSession() {
        QmpSession candidate = session;
        return closed || candidate == null || !candidate.isRunning() ? null : candidate;
    }

    /** {@return the facts about the server that last over sessions} */
    ServerRecord record() {
        return record;
    }

    /** {@return the reconnector: the attempts, the reconnects, and the time of the next attempt} */
    Reconnector reconnector() {
        return reconnector;
    }

    /** Writes the byte 0xFF before a message. It resets the parser of a guest agent. */
    @BottomHalf
    void writeSentinelBefore(QmpMessage message) {
        engine.loop().assertOnLoop();
        codec.writeSentinelBefore(message);
    }

    /** {@return the blocking callers that wait for a session} */
    SessionWaiters waiters() {
        return waiters;
    }

    /** {@return whether the client reconnects after a loss, or will after the start that is requested} */
    boolean isReconnecting() {
        return outlook() == Downtime.Outlook.NEXT_ATTEMPT && reconnector.isEnabled();
    }

    private boolean isStartRequested() {
        return requestedStart != null && !closed;
    }

    // ------------------------------------------------------------------ upper half

    /**
     * See {@link dev.qmp.QmpClient#connect}.
     *
     * @param completion completes the outcome; it never throws
     */
    CompletableFuture<Void> connect(Executor completion) {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        engine.onLoop(() -> begin(outcome, completion));
        return outcome;
    }

    /** Checks the state and starts the attempt in one loop task. So a later cancellation affects this attempt only. */
    @BottomHalf
    private void begin(CompletableFuture<Void> outcome, Executor completion) {
        engine.loop().assertOnLoop();
        if (outcome.isDone()) {
            return; // ended by its caller before its start
        }
        if (closed) {
            engine.callBack(completion, () -> outcome.completeExceptionally(closedFailure()));
            return;
        }
        boolean isFirst = engine.runstates().current() == Runstate.IDLE;
        CompletableFuture<Void> attempt = open(completion);
        ownAttempt = isFirst && engine.runstates().current() != Runstate.IDLE ? attempt : ownAttempt;
        attempt.whenComplete((nothing, failure) -> {
            if (failure != null) {
                outcome.completeExceptionally(failure);
            } else if (!outcome.complete(null)) {
                cancel(attempt, () -> engine.disconnect(cause -> {}));
            }
        });
        outcome.whenComplete((nothing, failure) -> {
            if (!attempt.isDone()) { // the caller has ended its future, with a value or a failure
                cancel(attempt, () -> attempt.cancel(false));
            }
        });
    }

    /** Cancels a caller's own attempt, or its session. A later attempt, or the session of another one, goes on. */
    private void cancel(CompletableFuture<Void> attempt, Runnable end) {
        engine.onLoop(() -> {
            if (ownAttempt == attempt) {
                reconnector.ownAttemptCancelled();
                end.run();
            }
        });
    }

    boolean isClosed() {
        return closed;
    }

    IllegalStateException closedFailure() {
        return new IllegalStateException("the client '" + options.protocol().name() + "' is closed");
    }

    /** {@return the endpoint to listen on} A port that the system chose stays, because the machine dials it. */
    private Endpoint placeToListen() {
        boolean anyPort = endpoint instanceof Endpoint.Tcp tcp && tcp.port() == 0;
        Endpoint last = engine.lastListeningOn();
        return anyPort && last != null ? last : endpoint;
    }

    private CompletableFuture<Void> open(Executor completion) {
        return options.mode() == ConnectMode.LISTEN
                ? engine.establishing().startServerAndAccept(placeToListen(), completion)
                : engine.establishing().connect(endpoint, completion);
    }

    /** {@return why there is no session, and when one may follow; from any thread} The cause is the last failure. */
    StateException noSession() {
        Runstate runstate = engine.runstates().current();
        Downtime downtime = record.downtime();
        String situation = downtime.describe(runstate, closed, outlook(), reconnector.nextAttempt());
        return new StateException(
                "'" + options.protocol().name() + "' " + situation, runstate, Runstate.RUNNING, downtime.lastFailure());
    }

    /** {@return whether the client will make an attempt by itself; from any thread} A requested start counts. */
    Downtime.Outlook outlook() {
        if (engine.isWithoutLoops()) {
            return Downtime.Outlook.LOOPS_CLOSED;
        }
        return isStartRequested() || reconnector.isAttemptExpected()
                ? Downtime.Outlook.NEXT_ATTEMPT
                : Downtime.Outlook.NONE;
    }

    /** See {@link dev.qmp.QmpClient#start}. */
    void start() {
        Object request = new Object();
        requestedStart = request;
        try {
            engine.onLoop(() -> start(request));
        } catch (Throwable e) { // such as OutOfMemoryError
            forget(request);
            throw e;
        }
    }

    @BottomHalf
    private void start(Object request) {
        engine.loop().assertOnLoop();
        forget(request); // first, because the attempt may fail at once
        if (!closed) {
            signals.started();
            reconnector.start();
        }
    }

    /** Forgets a request, or, in a rare race, one that follows at that moment: only a message can be wrong then. */
    private void forget(Object request) {
        if (requestedStart == request) {
            requestedStart = null;
        }
    }

    /** See {@link dev.qmp.QmpClient#reconnectNow}. */
    void reconnectNow() {
        engine.onLoop(reconnector::attemptNow);
    }

    /**
     * See {@link dev.qmp.QmpClient#disconnect}. Everything happens in one loop task, because a session that is
     * established in between would be reconnected after its end.
     *
     * @param completion completes the outcome; it never throws
     */
    CompletableFuture<Void> disconnect(Executor completion) {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        requestedStart = null;
        Runnable disconnect = () -> {
            reconnector.stop();
            record.identity().forget();
            waiters.failInVain();
            engine.disconnect(cause -> engine.callBack(completion, () -> {
                if (cause == null) {
                    outcome.complete(null);
                } else {
                    outcome.completeExceptionally(cause);
                }
            }));
        };
        QmpSession overtaken = engine.loop().isOnLoop() ? session : null; // from elsewhere, its task comes in turn
        if (overtaken == null) {
            engine.onLoop(disconnect);
        } else {
            Steps.inTurn(overtaken.intake()::takeAll, disconnect);
        }
        return outcome;
    }

    /** Closes the client. Listeners are notified of the session's end before their own. */
    CompletableFuture<Void> close() {
        boolean again = closed;
        closed = true;
        if (again && engine.runstates().current() == Runstate.IDLE) {
            return CompletableFuture.completedFuture(null); // a listener that closes in IDLE would go on for ever
        }
        return disconnect(Runnable::run).whenComplete((nothing, failure) -> {
            engine.runstates().endWatchers();
            events.close();
        });
    }

    // ------------------------------------------------------------------ bottom half

    @Override
    @BottomHalf
    public SessionHandler<QmpMessage> newSession(SessionContext<QmpMessage> context) {
        engine.loop().assertOnLoop();
        QmpSession opened = new QmpSession(this, options, context, engine.loop(), events, logger);
        session = opened;
        return opened;
    }

    /**
     * Notifies the record first, then the session, the reconnector, the listeners, and the callers that wait. Early
     * events of a session are dispatched last.
     */
    @Override
    @BottomHalf
    public void runstateChanged(RunstateChange change) {
        engine.loop().assertOnLoop();
        ownAttempt = change.current() == Runstate.IDLE ? null : ownAttempt;
        QmpSession latest = session;
        QmpSession current = latest == null || latest.hasEnded() ? null : latest;
        Steps.inTurn(
                () -> record.runstateChanged(change, current),
                () -> notifySession(current, change),
                () -> endWithLoops(change),
                () -> reconnector.runstateChanged(change), // before listeners, which may stop or start the client
                () -> events.runstateChanged(change),
                () -> signalChange(change),
                () -> waiters.runstateChanged(change),
                () -> dispatchEarlyEvents(current, change));
    }

    private void notifySession(@Nullable QmpSession current, RunstateChange change) {
        if (current == null) {
            return;
        }
        switch (change.current()) {
            case CONNECTING, RUNNING -> {}
            case DISCONNECTING -> current.disconnecting();
            case IDLE -> current.end(change.cause());
        }
    }

    /** Stops the reconnector and releases held replies if the event loops are closed, because both need the loops. */
    private void endWithLoops(RunstateChange change) {
        if (change.current() == Runstate.IDLE && engine.isWithoutLoops()) {
            Steps.inTurn(reconnector::stop, events::releaseReplies);
        }
    }

    private void signalChange(RunstateChange change) {
        if (change.current() == Runstate.RUNNING) {
            signals.sessionBegan(record.greeting());
        } else if (change.current() == Runstate.IDLE) {
            signals.idle(change.cause(), reconnector.isAttemptExpected());
        }
    }

    private static void dispatchEarlyEvents(@Nullable QmpSession current, RunstateChange change) {
        if (current != null && change.current() == Runstate.RUNNING) {
            current.dispatchEarlyEvents();
        }
    }

    /** Begins the reconnector's attempts. The runstate shows their outcome. */
    @BottomHalf
    private final class BackgroundConnector implements Reconnector.Connector {

        @Override
        public boolean mayBegin() {
            engine.assertOnLoop();
            return engine.runstates().current() != Runstate.DISCONNECTING;
        }

        @Override
        public void begin() {
            engine.assertOnLoop();
            if (!closed && engine.runstates().current() == Runstate.IDLE) {
                open(Runnable::run);
            }
        }

        @Override
        public boolean hasPeerSent() {
            engine.assertOnLoop();
            QmpSession last = session;
            return last != null && last.hasReceived();
        }

        @Override
        public Registration watchSocket(Instant since, Runnable appeared) {
            engine.assertOnLoop();
            if (!options.watchSocket()
                    || options.mode() != ConnectMode.CONNECT
                    || !(endpoint instanceof Endpoint.Unix unix)) {
                return () -> {};
            }
            // on closed loops a report would have no effect
            return SocketWatch.SHARED.watch(
                    unix.path(), since, () -> engine.onLoop(appeared), () -> closed || engine.isWithoutLoops());
        }
    }
}

package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The engine of one connection. {@link Establishing} opens sessions, the {@link Session} carries messages, and the
 * {@link DisconnectPath} ends both. The event loop is the only writer of all state.
 *
 * @param <M> the protocol's message
 */
public final class Engine<M> implements LoopScheduler {

    private final ProtocolOptions options;
    private final ProtocolHandler<M> handler;
    private final Transports transports;
    private final Loop loop;
    private final Logger logger;
    private final FailureLog failures;
    private final RunstateMachine runstates;
    private final CallbackExecutor callbacks;
    private final Listening listening;
    private final DisconnectPath<M> disconnectPath;
    private final Establishing<M> establishing;
    /** Written on the event loop only. */
    private volatile @Nullable Attempt<?> attempt;

    private @Nullable Session<M> session;
    /** The number of sessions and attempts that have ended. Written on the event loop only. */
    private volatile int ended;

    /**
     * Creates an engine in {@code IDLE}.
     *
     * @param kind the name of the connection's class, for messages
     */
    public Engine(String kind, ProtocolOptions options, MessageCodec<M> codec, Loop loop, ProtocolHandler<M> handler) {
        Objects.requireNonNull(codec, "codec");
        this.options = options;
        this.handler = handler;
        this.transports = Transports.of(options.eventLoops());
        this.loop = loop;
        this.logger = ConnectionLogger.of(AsyncProtocol.class, options.name());
        this.failures = new FailureLog(logger);
        this.runstates = new RunstateMachine(kind, options.name(), loop, failures);
        this.listening = new Listening(loop);
        this.callbacks = new CallbackExecutor(options.callbackExecutor(), failures);
        this.disconnectPath = new DisconnectPath<>(this, listening);
        this.establishing = new Establishing<>(this, transports, codec, listening);
        runstates.addSink(handler::runstateChanged);
    }

    /** {@return an event loop for one more connection} */
    public static Loop nextLoop(ProtocolOptions options) {
        Objects.requireNonNull(options, "options");
        return Transports.of(options.eventLoops()).nextLoop(options);
    }

    /** {@return the options of the connection} */
    public ProtocolOptions options() {
        return options;
    }

    /** {@return the connection's event loop} */
    public Loop loop() {
        return loop;
    }

    /** {@return the runstate, its last change and its listeners} */
    public RunstateMachine runstates() {
        return runstates;
    }

    /** {@return the ways to a session} */
    public Establishing<M> establishing() {
        return establishing;
    }

    /** {@return whether the event loops are closed, so that no attempt can begin and no scheduled task will run} */
    public boolean isWithoutLoops() {
        return transports.isClosed();
    }

    /** See {@link AsyncProtocol#listeningOn}. */
    @UpperHalf
    public @Nullable Endpoint listeningOn() {
        Acceptor acceptor = listening.acceptor();
        return acceptor == null ? null : acceptor.endpoint();
    }

    /** {@return the endpoint on which the engine listened last, with the real port; null if it never listened} */
    @UpperHalf
    public @Nullable Endpoint lastListeningOn() {
        return listening.lastEndpoint();
    }

    // ------------------------------------------------------------------ upper half

    /** See {@link AsyncProtocol#disconnect()}. */
    @UpperHalf
    public CompletableFuture<Void> disconnect() {
        CompletableFuture<Void> promise = new CompletableFuture<>();
        onLoop(() -> disconnect(cause -> {
            if (cause == null) {
                callBack(() -> promise.complete(null));
            } else {
                callBack(() -> promise.completeExceptionally(cause));
            }
        }));
        return promise;
    }

    /** Runs a task on the event loop, at once if this is its thread. */
    @UpperHalf
    public void onLoop(Runnable task) {
        Objects.requireNonNull(task, "task");
        loop.onLoop(task);
    }

    /** Runs a callback of the application on its executor, as {@link #callBack(Executor, Runnable)} does. */
    @UpperHalf
    public void callBack(Runnable callback) {
        callBack(callbacks, callback);
    }

    /**
     * Runs a callback on an executor, by way of a loop task of its own. The executor may be {@code Runnable::run}, and
     * the callback may begin the next attempt, which fails at once: so the stack stays flat. If the loop fails to take
     * the task, the calling thread executes it, because the future would never complete otherwise.
     *
     * @param executor never throws
     * @param callback never throws if the executor runs it in the calling thread
     */
    @UpperHalf
    public void callBack(Executor executor, Runnable callback) {
        Once once = new Once(() -> executor.execute(callback));
        try {
            loop.execute(once);
        } catch (Throwable e) { // such as OutOfMemoryError
            once.run();
        }
    }

    /** {@return the application's executor for callbacks; it never throws} */
    public CallbackExecutor callbacks() {
        return callbacks;
    }

    @Override
    public void assertOnLoop() {
        loop.assertOnLoop();
    }

    /**
     * Runs a task on the event loop after a delay. An exception ends the session or attempt in progress, unless one has
     * ended since the task was scheduled.
     */
    @Override
    @UpperHalf
    public Cancellable schedule(Duration delay, Runnable task) {
        Objects.requireNonNull(delay, "delay");
        Objects.requireNonNull(task, "task");
        int endedBefore = ended;
        return loop.schedule(delay, () -> {
            try {
                task.run();
            } catch (Throwable e) {
                boolean isOver = ended != endedBefore;
                if (isOver || (session == null && attempt == null)) {
                    failures.failed("A scheduled task failed", "its time", e);
                }
                if (!isOver) {
                    disconnectPath.sessionFailed(e);
                }
            }
        });
    }

    /** Ends the session, or the attempt. */
    @UpperHalf
    public void fail(Throwable cause) {
        Objects.requireNonNull(cause, "cause");
        onLoop(() -> disconnectPath.sessionFailed(cause));
    }

    // ------------------------------------------------------------------ bottom half

    /**
     * Disconnects as {@link #disconnect()} does.
     *
     * @param ended called on the event loop at the end, so it must not block: with the first cause where the future
     *     would fail, otherwise with null
     */
    @BottomHalf
    public void disconnect(Consumer<@Nullable Throwable> ended) {
        Objects.requireNonNull(ended, "ended");
        loop.assertOnLoop();
        disconnectPath.disconnect(null, true, ended);
    }

    /** {@return the open session; null if there is none} */
    @BottomHalf
    public @Nullable SessionContext<M> sessionContext() {
        loop.assertOnLoop();
        return session;
    }

    /** {@return the open session; null if there is none} */
    @Nullable
    Session<M> session() {
        return session;
    }

    @BottomHalf
    SessionHandler<M> newSessionHandler(Session<M> opening) {
        loop.assertOnLoop();
        return handler.newSession(opening);
    }

    @BottomHalf
    void sessionOpened(Session<M> opened) {
        loop.assertOnLoop();
        session = opened;
    }

    @BottomHalf
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void sessionEnded() {
        loop.assertOnLoop();
        ended++;
        Session<M> last = session;
        session = null;
        if (last != null) {
            last.ended();
        }
    }

    /** {@return the attempt in progress; null if there is none} */
    @Nullable
    Attempt<?> attempt() {
        return attempt;
    }

    /** Notes that bytes have arrived, for a late deadline of the attempt. */
    @BottomHalf
    void arrivedInAttempt() {
        loop.assertOnLoop();
        Attempt<?> current = attempt;
        if (current != null) {
            current.arrived();
        }
    }

    @BottomHalf
    void beginAttempt(Attempt<?> begun) {
        loop.assertOnLoop();
        attempt = begun;
    }

    /** Ends the attempt in progress, if there is one, with its deadline and its step. */
    @BottomHalf
    void endAttempt() {
        loop.assertOnLoop();
        Attempt<?> ended = attempt;
        attempt = null;
        if (ended != null) {
            ended.end();
        }
    }

    @BottomHalf
    void enterPhase(ConnectPhase phase, String hint) {
        loop.assertOnLoop();
        Attempt<?> current = attempt;
        if (current != null) {
            current.enter(phase, hint);
        }
    }

    /** Reports a message that cannot be sent, because there is no session, or the session is ending. */
    @BottomHalf
    public void unsent(SessionHandler<M> sender, M message) {
        loop.assertOnLoop();
        try {
            sender.unsent(
                    message, new StateException("'" + options.name() + "'", runstates.current(), Runstate.RUNNING));
        } catch (Throwable e) {
            failures.failed("The unsent hook failed", "a message without a session", e);
        }
    }

    DisconnectPath<M> disconnectPath() {
        return disconnectPath;
    }

    Logger logger() {
        return logger;
    }

    /** {@return the log of the failures of hooks and callbacks} */
    FailureLog failures() {
        return failures;
    }
}

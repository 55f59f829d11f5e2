package dev.qmp.protocol;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Engine;
import dev.qmp.internal.engine.SessionContext;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A protocol of messages over a stream: its life cycle, its reading and writing. A concrete protocol extends it, gives
 * a {@link MessageCodec} to it and overrides the hooks; sockets, threads and tear-down are none of its business.
 *
 * <p>Public methods are the upper half: any thread, never blocking, results as futures that complete on the callback
 * executor. Hooks are the bottom half: they run on the connection's event loop, must not block, and what they throw
 * ends the session with that as its cause.
 *
 * <p>Implements the session life cycle of QEMU's own Python library: IDLE, CONNECTING, RUNNING, DISCONNECTING; any
 * failure to establish a session leads back to IDLE with nothing open; one disconnect path for user, peer and error.
 *
 * @param <M> the protocol's message
 */
public abstract class AsyncProtocol<M> {

    private final ProtocolHooks<M> hooks;
    private final Engine<M> engine;

    /** Creates a protocol object in {@link Runstate#IDLE}; it can be connected and disconnected any number of times. */
    protected AsyncProtocol(ProtocolOptions options, MessageCodec<M> codec) {
        this.hooks = new ProtocolHooks<>(this);
        this.engine = new Engine<>(getClass().getSimpleName(), options, codec, Engine.nextLoop(options), hooks);
    }

    // ------------------------------------------------------------------ Public interface

    /** {@return the connection's name} */
    @UpperHalf
    public final String name() {
        return engine.options().name();
    }

    /** {@return the runstate now} */
    @UpperHalf
    public final Runstate runstate() {
        return engine.runstates().current();
    }

    /** {@return the last change of the runstate, null if it never changed} */
    @UpperHalf
    public final @Nullable RunstateChange lastChange() {
        return engine.runstates().lastChange();
    }

    /**
     * Dials the peer and establishes a session. Requires IDLE; RUNNING when the future completes, IDLE if it fails.
     * Cancelling the future takes the attempt back.
     *
     * @return fails with {@link StateException} or {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Void> connect(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return engine.connect(endpoint);
    }

    /**
     * Establishes a session on a connection that exists already. Runstates and failures as {@link #connect(Endpoint)};
     * if the runstate is not IDLE, the connection is left as it was. It is closed if the attempt fails or is cancelled,
     * however early.
     */
    @UpperHalf
    public final CompletableFuture<Void> connect(Connection connection) {
        Objects.requireNonNull(connection, "connection");
        return engine.connect(connection);
    }

    /**
     * Starts to listen for one peer. Requires IDLE; CONNECTING when the future completes, IDLE if it fails.
     *
     * @return where it listens (with the real port); fails with {@link StateException} or {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Endpoint> startServer(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return engine.startServer(endpoint);
    }

    /** {@return where the protocol listens for its peer now, with the real port; null if it does not listen} */
    @UpperHalf
    public final @Nullable Endpoint listeningOn() {
        return engine.listeningOn();
    }

    /**
     * Waits for the peer, without a deadline, takes it in, stops listening and establishes a session. Requires
     * CONNECTING by {@link #startServer(Endpoint)}, and that no other accept is under way; RUNNING when the future
     * completes, IDLE if it fails or is cancelled.
     *
     * @return fails with {@link StateException} or {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Void> accept() {
        return engine.accept();
    }

    /**
     * {@link #startServer(Endpoint)} and {@link #accept()} in one. Requires IDLE; RUNNING when the future completes,
     * IDLE if it fails or is cancelled.
     *
     * @return fails with {@link StateException} or {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Void> startServerAndAccept(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return engine.startServerAndAccept(endpoint);
    }

    /**
     * Returns to IDLE, from any runstate; callable from everywhere, any number of times, concurrently. When nothing is
     * wrong, it first waits for what is under way: queued messages are written, and replies awaited, within the
     * disconnect timeout.
     *
     * @return completes in IDLE when all is quiet; fails, in IDLE too, with the first cause if the session had ended by
     *     itself, nobody was told of it yet, and no other attempt has begun since
     */
    @UpperHalf
    public final CompletableFuture<Void> disconnect() {
        return engine.disconnect();
    }

    /**
     * Registers a listener for all changes from now on; it ends when left too far behind, see {@link RunstateListener}.
     */
    @UpperHalf
    public final Registration addRunstateListener(RunstateListener listener) {
        Objects.requireNonNull(listener, "listener");
        return engine.runstates().addListener(listener, engine.options().callbackExecutor());
    }

    /** {@return a FIFO of all changes from now on} Close it when done. */
    @UpperHalf
    public final RunstateWatcher watchRunstate() {
        return engine.runstates().watch(engine.loop());
    }

    /** Names the class, the connection and its runstate. */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[" + name() + ", " + runstate() + "]";
    }

    // ------------------------------------------------------------------ Session machinery, for subclasses

    /**
     * Queues a message, from any thread. Its fate is told to {@link #onSent} or {@link #onUnsent}; to neither if the
     * session ended when some of it may have been written, and the other end alone knows. Outside of a session it is
     * unsent at once; while a session is being established, it is written at once.
     */
    protected final void send(M message) {
        send(message, SessionContext::send);
    }

    /**
     * Queues a message in a lane of its own, which overtakes the others and is subject to {@link #maySendUrgent}
     * instead of {@link #maySend}. A disconnect that waits for what is under way still takes urgent messages: the end
     * of it may need one.
     */
    protected final void sendUrgent(M message) {
        send(message, SessionContext::sendUrgent);
    }

    private void send(M message, BiConsumer<SessionContext<M>, M> lane) {
        engine.onLoop(() -> {
            SessionContext<M> session = engine.sessionContext();
            if (session == null) {
                engine.unsent(hooks, message);
            } else {
                lane.accept(session, message);
            }
        });
    }

    /**
     * Takes a queued message back, silently.
     *
     * @return whether it was still queued, and now will not be sent
     */
    @BottomHalf
    protected final boolean withdraw(M message) {
        SessionContext<M> session = engine.sessionContext();
        return session != null && session.withdraw(message);
    }

    /**
     * Writes what may be written; to be called when {@link #maySend} or {@link #maySendUrgent} may have changed its
     * mind.
     */
    @BottomHalf
    protected final void resumeSending() {
        SessionContext<M> session = engine.sessionContext();
        if (session != null) {
            session.resumeSending();
        }
    }

    /**
     * Takes the next inbound message, while the session is being established only.
     *
     * @return completes on the event loop
     */
    @BottomHalf
    protected final CompletableFuture<M> receive() {
        SessionContext<M> session = engine.sessionContext();
        return session == null
                ? CompletableFuture.failedFuture(new IllegalStateException("there is no session"))
                : session.receive();
    }

    /**
     * Says what the attempt is doing now, for the texts and types of its failures.
     *
     * @param hint what it probably means if nothing happens until the deadline
     */
    @BottomHalf
    protected final void enterPhase(ConnectPhase phase, String hint) {
        SessionContext<M> session = engine.sessionContext();
        if (session != null) {
            session.enterPhase(phase, hint);
        }
    }

    /**
     * Does what {@link #disconnect()} does, from within a turn of the event loop.
     *
     * @param ended is told of the end on the event loop, which it must not block: with the first cause where the future
     *     fails, else with null
     */
    @BottomHalf
    protected final void disconnect(Consumer<@Nullable Throwable> ended) {
        engine.disconnect(ended);
    }

    /** {@return where this object listened last, with the real port; null if it never listened} */
    @UpperHalf
    public final @Nullable Endpoint lastListeningOn() {
        return engine.lastListeningOn();
    }

    /** {@return whether the event loops were closed, so that nothing can be begun and nothing scheduled will run} */
    protected final boolean isWithoutLoops() {
        return engine.isWithoutLoops();
    }

    /** Ends the session, or the attempt at one, with a cause; from any thread. */
    protected final void fail(Throwable cause) {
        engine.fail(cause);
    }

    /** Runs a task on the connection's event loop: at once if this is it. */
    protected final void onLoop(Runnable task) {
        engine.onLoop(task);
    }

    /** Runs a task on the connection's event loop after the present task: never at once. */
    protected final void onLoopLater(Runnable task) {
        engine.loop().execute(task);
    }

    /** {@return whether the calling thread is an event loop, on which nothing may block} */
    protected final boolean isOnLoop() {
        return engine.loop().isOnAnyLoop();
    }

    /**
     * Runs a task on the event loop later. What it throws ends the session with that as its cause, as a hook's would.
     */
    protected final Registration schedule(Duration delay, Runnable task) {
        Cancellable timer = engine.schedule(delay, task);
        return timer::cancel;
    }

    // ------------------------------------------------------------------ Bottom half: the hooks

    /**
     * Establishes the session: speaks and listens with {@link #send} and {@link #receive()} until both sides are ready.
     *
     * @return the session is RUNNING when it completes; complete it on the event loop. A {@link QmpConnectException} is
     *     passed on as it is, any other failure is wrapped in one
     */
    @BottomHalf
    protected CompletionStage<?> establishSession() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Runs when bytes of the peer have arrived in a session, before the messages that they complete: often there is no
     * whole message yet. The peer is alive then.
     */
    @BottomHalf
    protected void onArrival() {}

    /** Sees, and may replace, every inbound message before anything else does. */
    @BottomHalf
    protected M onInbound(M message) {
        return message;
    }

    /** Sees, and may replace, every outbound message just before it is written. */
    @BottomHalf
    protected M onOutbound(M message) {
        return message;
    }

    /** Handles a message of an established session. */
    @BottomHalf
    protected void onMessage(M message) {}

    /** {@return whether the next queued message may be written now} The queue waits until it may. */
    @BottomHalf
    protected boolean maySend(M next) {
        return true;
    }

    /** {@return whether the next urgent message may be written now} While it may not, all queued messages wait. */
    @BottomHalf
    protected boolean maySendUrgent(M next) {
        return true;
    }

    /** The message as it was queued has been handed to the system, every byte of it. */
    @BottomHalf
    protected void onSent(M message) {}

    /** The message will not be sent, no byte of it. */
    @BottomHalf
    protected void onUnsent(M message, Throwable cause) {}

    /** {@return whether nothing is awaited from the peer, so that a disconnect may go ahead} */
    @BottomHalf
    protected boolean isQuiet() {
        return true;
    }

    /** {@return how to report that the peer closed the session between two messages} It may have said that it would. */
    @BottomHalf
    protected ConnectionLostException endOfStream() {
        return ConnectionLostException.endOfStream();
    }

    /**
     * {@return how the session ended; null if the cause says it all} Runs once a session, before the change to IDLE,
     * which carries the outcome. The log shows it.
     *
     * @param left the change that left RUNNING, without a cause if this side asked for the end
     * @param cause the first failure of the session or its tear-down; null if there was none
     */
    @BottomHalf
    protected @Nullable SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        return null;
    }

    /** The runstate changed. Comes before any listener is told; what it throws is logged, and stops nothing. */
    @BottomHalf
    protected void onRunstateChange(RunstateChange change) {}
}

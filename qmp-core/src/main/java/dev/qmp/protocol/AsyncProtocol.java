package dev.qmp.protocol;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Engine;
import dev.qmp.internal.engine.Sender;
import dev.qmp.internal.engine.SessionContext;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A protocol of messages over a stream: its life cycle, its reading and its writing. A concrete protocol extends this
 * class, supplies a {@link MessageCodec} and overrides the hooks. Sockets, threads and the end of sessions are handled
 * here.
 *
 * <p>Public methods are the upper half. They may be called from any thread and never block. Their futures complete on
 * the callback executor. Hooks are the bottom half. They run on the connection's event loop and must not block. A hook
 * that throws ends the session with that exception as its cause.
 *
 * <p>The life cycle is {@code IDLE}, {@code CONNECTING}, {@code RUNNING}, {@code DISCONNECTING}. Any failure to
 * establish a session leads back to {@code IDLE} with nothing open. Sessions end on one path, whether the user, the
 * peer or an error ends them.
 *
 * @param <M> the protocol's message
 */
public abstract class AsyncProtocol<M> {

    private final ProtocolHooks<M> hooks;
    private final Engine<M> engine;

    /** Creates a protocol object in {@link Runstate#IDLE}. It can be connected and disconnected any number of times. */
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

    /** {@return the last change of the runstate; null before the first} */
    @UpperHalf
    public final @Nullable RunstateChange lastChange() {
        return engine.runstates().lastChange();
    }

    /**
     * Dials the peer and establishes a session. Requires {@code IDLE}. The runstate is {@code RUNNING} when the future
     * completes, and {@code IDLE} if the attempt fails. If the caller ends the future in any way, such as a
     * cancellation or {@code completeOnTimeout}, the attempt ends. {@code IDLE} follows a little later: {@link
     * #disconnect()} completes then.
     *
     * @return fails with {@link StateException} or {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Void> connect(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return engine.establishing().connect(endpoint, engine.callbacks());
    }

    /**
     * Establishes a session on an existing connection. Runstates and failures are those of {@link #connect(Endpoint)}.
     * If the runstate is not {@code IDLE}, the connection stays as it was. If the attempt fails or is cancelled, the
     * connection is closed.
     *
     * @throws IllegalArgumentException if a class of the application implements the connection
     */
    @UpperHalf
    public final CompletableFuture<Void> connect(Connection connection) {
        Objects.requireNonNull(connection, "connection");
        return engine.establishing().connect(connection);
    }

    /**
     * Starts to listen for one peer. Requires {@code IDLE}. The runstate is {@code CONNECTING} when the future
     * completes, otherwise as after {@link #connect(Endpoint)}.
     *
     * @return the endpoint on which the protocol listens, with the real port; fails with {@link StateException} or
     *     {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Endpoint> startServer(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return engine.establishing().startServer(endpoint);
    }

    /**
     * {@return the endpoint on which the protocol listens for its peer now, with the real port; null if it does not
     * listen}
     */
    @UpperHalf
    public final @Nullable Endpoint listeningOn() {
        return engine.listeningOn();
    }

    /**
     * Waits for the peer without a deadline, accepts it, stops listening and establishes a session.
     *
     * <p>Requires {@code CONNECTING} by {@link #startServer(Endpoint)}, and no other pending accept. Runstates are
     * those of {@link #connect(Endpoint)}.
     *
     * <p>The first peer that connects is the only one. If its TLS handshake or its session fails, the future fails, and
     * nothing listens any more. To wait for another peer, call {@link #startServer(Endpoint)} again.
     *
     * @return fails with {@link StateException} or {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Void> accept() {
        return engine.establishing().accept();
    }

    /**
     * Combines {@link #startServer(Endpoint)} and {@link #accept()}. Requires {@code IDLE}. Runstates are those of
     * {@link #connect(Endpoint)}. If the TLS handshake or the session of the first peer fails, the future fails, and
     * nothing listens any more.
     *
     * @return fails with {@link StateException} or {@link QmpConnectException}
     */
    @UpperHalf
    public final CompletableFuture<Void> startServerAndAccept(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return engine.establishing().startServerAndAccept(endpoint, engine.callbacks());
    }

    /**
     * Returns to {@code IDLE} from any runstate. It may be called from any thread, any number of times, concurrently.
     * In a healthy session it first writes the queued messages and waits for replies, within the disconnect timeout.
     * The close of the transport has that time once more. A call on the event loop takes effect at once, before the
     * {@link #send}s of other threads whose loop tasks wait. Their messages are unsent.
     *
     * @return completes in {@code IDLE}. If the session had failed before, it fails with the first cause, in {@code
     *     IDLE} too. If an earlier call has received that cause, or another attempt has begun since, it completes
     *     normally
     */
    @UpperHalf
    public final CompletableFuture<Void> disconnect() {
        return engine.disconnect();
    }

    /** Registers a listener for all later changes. A listener that is too slow ends, see {@link RunstateListener}. */
    @UpperHalf
    public final Registration addRunstateListener(RunstateListener listener) {
        Objects.requireNonNull(listener, "listener");
        return engine.runstates().addListener(listener, engine.options().callbackExecutor());
    }

    /** {@return a FIFO of all later changes} Close it after use. */
    @UpperHalf
    public final RunstateWatcher watchRunstate() {
        return engine.runstates().watch(engine.loop());
    }

    /** {@return the class, the connection's name and its runstate} */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[" + name() + ", " + runstate() + "]";
    }

    // ------------------------------------------------------------------ Session machinery, for subclasses

    /**
     * Queues a message, from any thread. {@link #onSent} or {@link #onUnsent} reports the outcome. Neither is called if
     * the session ended when a part of the message may have been written.
     *
     * <p>Without a session the message is unsent at once. While a session is being established, the message is written
     * at once.
     */
    protected final void send(M message) {
        send(message, Sender::send);
    }

    /**
     * Queues a message in a separate queue that overtakes the other one. {@link #maySendUrgent} applies to it instead
     * of {@link #maySend}. A disconnect that waits for replies still sends urgent messages, because the replies may
     * depend on one.
     */
    protected final void sendUrgent(M message) {
        send(message, Sender::sendUrgent);
    }

    private void send(M message, BiConsumer<Sender<M>, M> queue) {
        Objects.requireNonNull(message, "message");
        engine.onLoop(() -> {
            SessionContext<M> session = engine.sessionContext();
            if (session == null) {
                engine.unsent(hooks, message);
            } else {
                queue.accept(session.sender(), message);
            }
        });
    }

    /**
     * Removes a queued message. No hook is called.
     *
     * @return whether the message was still queued, and so will not be sent
     */
    @BottomHalf
    protected final boolean withdraw(M message) {
        Objects.requireNonNull(message, "message");
        SessionContext<M> session = engine.sessionContext();
        return session != null && session.sender().withdraw(message);
    }

    /**
     * Writes the messages that may be written now. Call it when the result of {@link #maySend} or {@link
     * #maySendUrgent} may have changed.
     */
    @BottomHalf
    protected final void resumeSending() {
        SessionContext<M> session = engine.sessionContext();
        if (session != null) {
            session.sender().resumeSending();
        }
    }

    /**
     * Receives the next message. Only for {@link #establishSession()}, one call at a time.
     *
     * @return completes on the event loop; fails with {@link IllegalStateException} if there is no session
     * @throws IllegalStateException if the session is established, or an earlier call still waits
     */
    @BottomHalf
    protected final CompletableFuture<M> receive() {
        SessionContext<M> session = engine.sessionContext();
        return session == null
                ? CompletableFuture.failedFuture(new IllegalStateException("there is no session"))
                : session.receive();
    }

    /**
     * Sets the phase of the attempt, which its failures have. Without a call it is {@link ConnectPhase#SESSION}.
     *
     * @param hint the probable reason if nothing happens until the deadline
     */
    @BottomHalf
    protected final void enterPhase(ConnectPhase phase, String hint) {
        Objects.requireNonNull(phase, "phase");
        Objects.requireNonNull(hint, "hint");
        SessionContext<M> session = engine.sessionContext();
        if (session != null) {
            session.enterPhase(phase, hint);
        }
    }

    /** Ends the session, or the attempt, with a cause. Any thread may call it. */
    protected final void fail(Throwable cause) {
        engine.fail(cause);
    }

    /** Runs a task on the connection's event loop, at once if the caller is on it. */
    protected final void onLoop(Runnable task) {
        engine.onLoop(task);
    }

    /**
     * Runs a task on the event loop after a delay. As with a hook, an exception of the task ends the session or attempt
     * with that cause. If one has ended since this call, the task runs nevertheless, and its exception is only logged.
     * Any thread may call it.
     *
     * @return closing it cancels the task
     */
    protected final Registration schedule(Duration delay, Runnable task) {
        Cancellable timer = engine.schedule(delay, task);
        return timer::cancel;
    }

    // ------------------------------------------------------------------ Bottom half: the hooks

    /**
     * Establishes the session: exchanges messages by {@link #send} and {@link #receive()} until both sides are ready.
     *
     * @return the session is {@code RUNNING} when it completes; complete it on the event loop. A {@link
     *     QmpConnectException} is passed on, and any other failure is wrapped in one
     */
    @BottomHalf
    protected CompletionStage<?> establishSession() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Called when bytes of the peer have arrived in a session, before the messages that they complete. Often they
     * complete no message. They prove that the peer is alive.
     */
    @BottomHalf
    protected void onArrival() {}

    /**
     * Receives each inbound message before any other hook.
     *
     * @return the message, or another one that replaces it
     */
    @BottomHalf
    protected M onInbound(M message) {
        return message;
    }

    /**
     * Receives each outbound message just before it is written.
     *
     * @return the message, or another one that replaces it
     */
    @BottomHalf
    protected M onOutbound(M message) {
        return message;
    }

    /** Handles a message of an established session. */
    @BottomHalf
    protected void onMessage(M message) {}

    /** {@return whether the next queued message may be written now} Otherwise the queue waits. */
    @BottomHalf
    protected boolean maySend(M next) {
        return true;
    }

    /** {@return whether the next urgent message may be written now} Otherwise all queued messages wait. */
    @BottomHalf
    protected boolean maySendUrgent(M next) {
        return true;
    }

    /** Called with the queued message when all its bytes were passed to the system. */
    @BottomHalf
    protected void onSent(M message) {}

    /** Called if no byte of the message will be sent. */
    @BottomHalf
    protected void onUnsent(M message, Throwable cause) {}

    /** {@return whether no reply is due, so that a disconnect can go on} */
    @BottomHalf
    protected boolean isQuiet() {
        return true;
    }

    /**
     * {@return the cause to report if the peer closes the session between two messages} The peer may have announced it.
     */
    @BottomHalf
    protected ConnectionLostException endOfStream() {
        return ConnectionLostException.endOfStream();
    }

    /**
     * {@return how the session ended; null if the cause describes it completely} Called once a session, before the
     * change to {@code IDLE}, which carries the outcome. The log contains it.
     *
     * @param left the change that left {@code RUNNING}, without a cause if this side requested the end
     * @param cause the first failure of the session or of its end; null if there was none
     */
    @BottomHalf
    protected @Nullable SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        return null;
    }

    /** Called at each change of the runstate, before the listeners. An exception is logged and has no other effect. */
    @BottomHalf
    protected void onRunstateChange(RunstateChange change) {}
}

package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.StateException;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine behind one {@link dev.qmp.protocol.AsyncProtocol}: makes sessions ({@link Establishing}), carries messages
 * ({@link Session}) and ends both by one path ({@link DisconnectPath}). All state is owned by the event loop.
 *
 * @param <M> the protocol's message
 */
public final class Engine<M> {

    private final ProtocolOptions options;
    private final Hooks<M> hooks;
    private final Logger logger;
    private final Loop loop;
    private final RunstateMachine runstates;
    private final Callbacks callbacks;
    private final AttemptSlot attempts = new AttemptSlot();
    private final Establishing<M> establishing;
    private final DisconnectPath<M> disconnectPath;

    private @Nullable Session<M> session;

    /** Creates the engine of one protocol object, on an event loop of its own choosing. */
    public Engine(String owner, ProtocolOptions options, MessageCodec<M> codec, Hooks<M> hooks) {
        this.options = options;
        this.hooks = hooks;
        this.logger = LoggerFactory.getLogger("dev.qmp.protocol." + options.name());
        Transports transports = (Transports) options.eventLoops();
        this.loop = transports.nextLoop(options);
        this.runstates = new RunstateMachine(owner + " '" + options.name() + "'", logger);
        this.callbacks = new Callbacks(options.callbackExecutor(), logger);
        Listening listening = new Listening();
        this.establishing = new Establishing<>(this, transports, codec, new AttemptGuard(this, attempts), listening);
        this.disconnectPath = new DisconnectPath<>(this, attempts, listening, logger);
        runstates.addSink(hooks::runstateChanged);
    }

    // ------------------------------------------------------------------ what the parts share

    /** {@return how the connection is treated} */
    public ProtocolOptions options() {
        return options;
    }

    /** {@return the connection's event loop} */
    public Loop loop() {
        return loop;
    }

    /** {@return the runstate and its history} */
    public RunstateMachine runstates() {
        return runstates;
    }

    Hooks<M> hooks() {
        return hooks;
    }

    Callbacks callbacks() {
        return callbacks;
    }

    // ------------------------------------------------------------------ upper half

    /** See {@link dev.qmp.protocol.AsyncProtocol#connect(Endpoint)}. */
    @UpperHalf
    public CompletableFuture<Void> connect(Endpoint endpoint) {
        return establishing.dial(endpoint);
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#connect(Connection)}. */
    @UpperHalf
    public CompletableFuture<Void> connect(Connection connection) {
        return establishing.take(connection);
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#startServer}. */
    @UpperHalf
    public CompletableFuture<Endpoint> startServer(Endpoint endpoint) {
        return establishing.listen(endpoint);
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#accept}. */
    @UpperHalf
    public CompletableFuture<Void> accept() {
        return establishing.accept();
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#startServerAndAccept}. */
    @UpperHalf
    public CompletableFuture<Void> startServerAndAccept(Endpoint endpoint) {
        return establishing.listenAndAccept(endpoint);
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#disconnect}. */
    @UpperHalf
    public CompletableFuture<Void> disconnect() {
        CompletableFuture<Void> promise = new CompletableFuture<>();
        onLoop(() -> disconnectPath.tearDown(null, true, promise));
        return promise;
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#addRunstateListener}. */
    @UpperHalf
    public Registration addRunstateListener(RunstateListener listener) {
        SerialExecutor lane = new SerialExecutor(options.callbackExecutor(), logger);
        AtomicBoolean closed = new AtomicBoolean();
        Registration sink = runstates.addSink(change -> lane.execute(() -> {
            if (!closed.get()) {
                listener.runstateChanged(change);
            }
        }));
        return () -> {
            closed.set(true);
            sink.close();
        };
    }

    /** Queues a message; outside of a session it is unsent at once. */
    @UpperHalf
    public void send(M message, boolean urgent) {
        if (loop.isOnLoop()) {
            queue(message, urgent);
        } else {
            loop.execute(() -> queue(message, urgent));
        }
    }

    private void queue(M message, boolean urgent) {
        Session<M> current = session;
        if (current == null || disconnectPath.isUnderWay()) {
            unsent(message, new StateException("'" + options.name() + "'", runstates.current(), Runstate.RUNNING));
        } else {
            current.writer().send(message, urgent || runstates.current() == Runstate.CONNECTING);
        }
    }

    private void unsent(M message, StateException why) {
        try {
            hooks.unsent(message, why);
        } catch (Throwable e) {
            logger.error("The unsent hook failed", e); // there is no session that could end with it
        }
    }

    /** Runs a task on the event loop, at once if this is it. */
    @UpperHalf
    public void onLoop(Runnable task) {
        if (loop.isOnLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    /** Runs a task of the protocol later, on the event loop. */
    @UpperHalf
    public Cancellable schedule(Duration delay, Runnable task) {
        return loop.schedule(delay, () -> {
            try {
                task.run();
            } catch (Throwable e) {
                if (runstates.current() == Runstate.IDLE) {
                    logger.error("A scheduled task failed", e); // there is no session that could end with it
                }
                sessionFailed(e);
            }
        });
    }

    /** Ends the session, or the attempt at one. */
    @UpperHalf
    public void fail(Throwable cause) {
        onLoop(() -> sessionFailed(cause));
    }

    // ------------------------------------------------------------------ bottom half: a session lives

    /** See {@link dev.qmp.protocol.AsyncProtocol#receive}. */
    @BottomHalf
    public CompletableFuture<M> receive() {
        Session<M> current = session;
        return current == null
                ? CompletableFuture.failedFuture(new IllegalStateException("there is no session"))
                : current.receive();
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#enterPhase}. */
    @BottomHalf
    public void enterPhase(ConnectPhase phase, String hint) {
        attempts.enterPhase(phase, hint);
    }

    /** Takes a queued message back. */
    @BottomHalf
    public boolean withdraw(M message) {
        Session<M> current = session;
        return current != null && current.writer().withdraw(message);
    }

    /** Writes what flow control now allows. With nothing to write, a turn of the loop would cost a system call. */
    @BottomHalf
    public void resumeSending() {
        Session<M> current = session;
        if (current != null && (current.writer().hasOutgoing() || disconnectPath.isUnderWay())) {
            current.writer().schedulePump();
        }
    }

    @BottomHalf
    Session<M> open(Transport<M> transport) {
        Session<M> opened = new Session<>(hooks, loop, transport, options.writeTimeout(), new SessionEvents());
        session = opened;
        return opened;
    }

    @BottomHalf
    boolean isCurrent(@Nullable Session<M> candidate) {
        return candidate != null && candidate == session;
    }

    /** {@return the open session, null if there is none} */
    @BottomHalf
    @Nullable
    Session<M> session() {
        return session;
    }

    @BottomHalf
    void forgetSession() {
        session = null;
    }

    // ------------------------------------------------------------------ bottom half: and ends

    @BottomHalf
    void startFresh() {
        disconnectPath.startFresh();
    }

    @BottomHalf
    void sessionFailed(Throwable cause) {
        disconnectPath.sessionFailed(cause);
    }

    /** Ends the attempt under way, or the session, with nothing to wait for. */
    @BottomHalf
    void abort(@Nullable Throwable cause) {
        disconnectPath.tearDown(cause, false, null);
    }

    /** The transport of a session has closed. */
    @BottomHalf
    void sessionClosed(Session<M> closed) {
        if (isCurrent(closed)) {
            disconnectPath.sessionClosed();
        }
    }

    /** What the session tells, turned into the engine's moves. */
    private final class SessionEvents implements SessionListener {

        @Override
        public void sessionFailed(Throwable cause) {
            Engine.this.sessionFailed(cause);
        }

        @Override
        public void sessionMoved() {
            disconnectPath.sessionMoved();
        }
    }
}

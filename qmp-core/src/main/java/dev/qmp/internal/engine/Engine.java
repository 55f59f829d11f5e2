package dev.qmp.internal.engine;

import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Connection;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The engine behind one {@link dev.qmp.protocol.AsyncProtocol}: makes sessions ({@link Establishing}), carries messages
 * ({@link Session}) and ends both by one path ({@link DisconnectPath}). All state is owned by the event loop.
 *
 * @param <M> the protocol's message
 */
public final class Engine<M> {

    private final Transports transports;
    private final EngineContext<M> context;
    private final SessionSlot<M> sessions = new SessionSlot<>();
    private final AttemptSlot attempts = new AttemptSlot();
    private final Listening listening = new Listening();
    private final DisconnectPath<M> disconnectPath;
    private final Establishing<M> establishing;

    /** Creates the engine of one protocol object, on an event loop of its own choosing. */
    public Engine(String owner, ProtocolOptions options, MessageCodec<M> codec, Hooks<M> hooks) {
        this.transports = (Transports) options.eventLoops();
        EngineContext<M> shared = EngineContext.of(owner, options, hooks, transports.nextLoop(options));
        DisconnectPath<M> path = new DisconnectPath<>(shared, sessions, attempts, listening);
        this.context = shared;
        this.disconnectPath = path;
        this.establishing = new Establishing<>(
                shared,
                new TransportOpener<>(shared, transports, codec),
                new AttemptGuard(shared, attempts, path),
                listening,
                () -> new SessionLink<>(shared, attempts, sessions, path));
        shared.runstates().addSink(hooks::runstateChanged);
    }

    /** {@return how the connection is treated} */
    public ProtocolOptions options() {
        return context.options();
    }

    /** {@return the connection's event loop} */
    public Loop loop() {
        return context.loop();
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#isWithoutLoops}. */
    public boolean isWithoutLoops() {
        return transports.isClosed();
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#listeningOn}. */
    @UpperHalf
    public @Nullable Endpoint listeningOn() {
        Acceptor acceptor = listening.acceptor();
        return acceptor == null ? null : acceptor.endpoint();
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#lastListeningOn}. */
    @UpperHalf
    public @Nullable Endpoint lastListeningOn() {
        return listening.lastEndpoint();
    }

    /** {@return the runstate, its history and its listeners} */
    public RunstateMachine runstates() {
        return context.runstates();
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
        onLoop(() -> disconnect(cause -> {
            if (cause == null) {
                context.callbacks().complete(promise, null);
            } else {
                context.callbacks().fail(promise, cause);
            }
        }));
        return promise;
    }

    /** Queues a message; outside of a session it is unsent at once. What drains a session may need an urgent one. */
    @UpperHalf
    public void send(M message, boolean urgent) {
        if (context.loop().isOnLoop()) {
            queue(message, urgent);
        } else {
            context.loop().execute(() -> queue(message, urgent));
        }
    }

    private void queue(M message, boolean urgent) {
        Session<M> current = sessions.session();
        boolean refused = disconnectPath.isUnderWay() && !(urgent && disconnectPath.isDraining());
        if (current == null || refused) {
            unsent(
                    message,
                    new StateException(
                            "'" + context.options().name() + "'",
                            context.runstates().current(),
                            Runstate.RUNNING));
        } else {
            current.writer().send(message, urgent || context.runstates().current() == Runstate.CONNECTING);
        }
    }

    private void unsent(M message, StateException why) {
        try {
            context.hooks().unsent(message, why);
        } catch (Throwable e) {
            context.logger().error("The unsent hook failed", e); // there is no session that could end with it
        }
    }

    /** Runs a task on the event loop, at once if this is it. */
    @UpperHalf
    public void onLoop(Runnable task) {
        context.onLoop(task);
    }

    /** Runs a task on the event loop, in a turn of its own. */
    @UpperHalf
    public void onLoopLater(Runnable task) {
        context.loop().execute(task);
    }

    /** Runs a task of the protocol later, on the event loop. */
    @UpperHalf
    public Cancellable schedule(Duration delay, Runnable task) {
        return context.loop().schedule(delay, () -> {
            try {
                task.run();
            } catch (Throwable e) {
                if (context.runstates().current() == Runstate.IDLE) {
                    context.logger().error("A scheduled task failed", e); // there is no session that could end with it
                }
                disconnectPath.sessionFailed(e);
            }
        });
    }

    /** Ends the session, or the attempt at one. */
    @UpperHalf
    public void fail(Throwable cause) {
        onLoop(() -> disconnectPath.sessionFailed(cause));
    }

    // ------------------------------------------------------------------ bottom half

    /** See {@link dev.qmp.protocol.AsyncProtocol#disconnect(Consumer)}. */
    @BottomHalf
    public void disconnect(Consumer<@Nullable Throwable> ended) {
        disconnectPath.tearDown(null, true, ended);
    }

    /** See {@link dev.qmp.protocol.AsyncProtocol#receive}. */
    @BottomHalf
    public CompletableFuture<M> receive() {
        Session<M> current = sessions.session();
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
        Session<M> current = sessions.session();
        return current != null && current.writer().withdraw(message);
    }

    /** Writes what flow control now allows. With nothing to write, a turn of the loop would cost a system call. */
    @BottomHalf
    public void resumeSending() {
        Session<M> current = sessions.session();
        if (current != null && (current.writer().hasOutgoing() || disconnectPath.isUnderWay())) {
            current.writer().schedulePump();
        }
    }
}

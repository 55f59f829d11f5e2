package dev.qmp.internal.client;

import dev.qmp.BlockingQmpClient;
import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.QmpException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.QmpEvents;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.RunstateWatcher;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Composes the client of its parts; keeps no state but when it was made, whether it is closed and what it announced. */
public final class DefaultQmpClient implements QmpClient {

    /** What a busy machine may take on top of the deadlines of a disconnect. */
    private static final Duration SCHEDULING = Duration.ofSeconds(1);

    private final Endpoint endpoint;
    private final QmpClientOptions options;
    private final Instant made = Instant.now();
    private final EventRegistry events;
    private final QmpProtocol protocol;
    private final Reconnector reconnector;
    private final CommandIssuer commands;
    private final DefaultBlockingQmpClient blocking;
    private final SessionWaiters waiters = new SessionWaiters();
    private volatile boolean closed;
    private boolean promised;

    /** Creates a client in IDLE. */
    public DefaultQmpClient(Endpoint endpoint, QmpClientOptions options) {
        this.endpoint = endpoint;
        this.options = options;
        Logger logger =
                LoggerFactory.getLogger("dev.qmp.client." + options.protocol().name());
        Executor callbacks = options.protocol().callbackExecutor();
        ListenerOptions listenerDefaults = ListenerOptions.DEFAULTS.withCapacity(options.eventCapacity());
        this.events = new EventRegistry(listenerDefaults, callbacks, logger, new ProtocolLoop());
        this.protocol = new QmpProtocol(endpoint, options, events, this::runstateChanged);
        ConnectionLog log = new ConnectionLog(logger, protocol::scheduleTask, System::nanoTime);
        this.reconnector = new Reconnector(
                options.reconnect(), options.mode(), new ProtocolAttempt(), protocol::scheduleTask, log);
        this.commands = new CommandIssuer(this, options, protocol, events, () -> closed);
        this.blocking = new DefaultBlockingQmpClient(this, protocol, commands);
    }

    @Override
    public String name() {
        return protocol.name();
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public Runstate runstate() {
        return protocol.runstate();
    }

    @Override
    public QmpClientStatus status() {
        RunstateChange last = protocol.lastChange();
        boolean running = last != null && last.current() == Runstate.RUNNING;
        CommandCounts.Snapshot counts = protocol.table().counts();
        return new QmpClientStatus(
                last == null ? Runstate.IDLE : last.current(),
                last == null ? made : last.at(),
                protocol.opening().greeting(),
                protocol.opening().machine(),
                protocol.opening().isOutOfBand(),
                counts.queued(),
                counts.pending(),
                counts.orphaned(),
                reconnector.attempts(),
                reconnector.reconnects(),
                events.received(),
                events.lost(),
                protocol.strayReplies(),
                running ? null : protocol.lastError(),
                reconnector.isGoingOn() && !protocol.areLoopsClosed());
    }

    // ------------------------------------------------------------------ life cycle

    @Override
    public CompletableFuture<Void> connect() {
        if (closed) {
            return CompletableFuture.failedFuture(closedFailure());
        }
        CompletableFuture<Void> attempt = open();
        attempt.whenComplete((nothing, failure) -> {
            if (failure != null && !(failure instanceof QmpException)) { // not of the attempt's making
                protocol.runOnLoop(reconnector::takenBack);
            }
        });
        if (closed) {
            disconnect(); // close() may have come in between, and found nothing to end
        }
        return attempt;
    }

    private IllegalStateException closedFailure() {
        return new IllegalStateException("the client '" + name() + "' is closed");
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

    /** As {@link #disconnect()}, for a caller who waits: completed on the event loop. */
    CompletableFuture<Void> disconnectAwaited() {
        return disconnect(Runnable::run);
    }

    /** All in one turn of the loop: a session that came about in between would be made again after its end. */
    private CompletableFuture<Void> disconnect(Executor completion) {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        protocol.runOnLoop(() -> {
            reconnector.stop();
            protocol.opening().forgetMachine();
            protocol.end(cause -> Completions.run(completion, () -> {
                if (cause == null) {
                    outcome.complete(null);
                } else {
                    outcome.completeExceptionally(cause);
                }
            }));
        });
        return outcome;
    }

    private CompletableFuture<Void> open() {
        return options.mode() == ConnectMode.LISTEN
                ? protocol.startServerAndAccept(endpoint)
                : protocol.connect(endpoint);
    }

    @Override
    public void start() {
        protocol.runOnLoop(() -> {
            if (!closed) {
                reconnector.start();
            }
        });
    }

    private void runstateChanged(RunstateChange change) {
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
    }

    /** Tells listeners of the session's end; and of the end of all hope, if they were told to expect another one. */
    @BottomHalf
    private void signalEnd(@Nullable Throwable cause) {
        boolean goesOn = reconnector.isGoingOn();
        if (protocol.endedSession() || (promised && !goesOn)) {
            events.signal(new EventSignal.Disconnected(cause, goesOn));
            promised = goesOn;
        }
    }

    @Override
    public CompletableFuture<Void> disconnect() {
        return disconnect(options.protocol().callbackExecutor());
    }

    @Override
    public void close() {
        closed = true;
        CompletableFuture<Void> disconnected = disconnectAwaited()
                .whenComplete((nothing, failure) -> events.close()); // listeners hear of the end first
        if (!protocol.isOnEventLoop()) {
            Duration drainAndClose = options.protocol().disconnectTimeout().multipliedBy(2);
            blocking.awaitQuietly(disconnected, drainAndClose.plus(SCHEDULING));
            events.close();
        }
    }

    @Override
    public Registration addRunstateListener(RunstateListener listener) {
        return protocol.addRunstateListener(listener);
    }

    @Override
    public RunstateWatcher watchRunstate() {
        return protocol.watchRunstate();
    }

    // ------------------------------------------------------------------ commands

    @Override
    public CompletableFuture<JsonNode> execute(QmpCommand command) {
        return commands.issue(
                command, Replies::result, false, options.protocol().callbackExecutor());
    }

    @Override
    public <T> CompletableFuture<T> execute(QmpCommand command, Class<T> resultType) {
        return commands.issue(
                command, Replies.resultAs(resultType), false, options.protocol().callbackExecutor());
    }

    @Override
    public CompletableFuture<ObjectNode> executeRaw(ObjectNode message) {
        QmpCommand command = QmpCommand.fromMessage(message);
        return commands.issue(
                command, Replies.raw(command.id()), true, options.protocol().callbackExecutor());
    }

    @Override
    public CompletableFuture<QmpEvent> executeAndAwait(QmpCommand command, EventFilter completion, Duration timeout) {
        Executor callbacks = options.protocol().callbackExecutor();
        return commands.issueWithEvent(command, completion, timeout, callbacks).result();
    }

    @Override
    public QmpEvents events() {
        return events;
    }

    @Override
    public BlockingQmpClient blocking() {
        return blocking;
    }

    /** Names the client and its runstate. */
    @Override
    public String toString() {
        return "QmpClient[" + name() + ", " + endpoint + ", " + runstate() + "]";
    }

    /** The reconnector's attempt: its outcome shows in the runstate. */
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

    /** The protocol's loop, for the registry that is made before the protocol. */
    private final class ProtocolLoop implements EventRegistry.LoopAccess {

        @Override
        public boolean isOnEventLoop() {
            return protocol.isOnEventLoop();
        }

        @Override
        public void runOnLoop(Runnable task) {
            protocol.runOnLoop(task);
        }

        @Override
        public Registration schedule(Duration delay, Runnable task) {
            return protocol.scheduleTask(delay, task);
        }
    }
}

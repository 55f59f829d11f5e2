package dev.qmp.internal.client;

import static dev.qmp.internal.client.CommandIssuer.CompletedOn.CALLBACK_EXECUTOR;
import static java.util.Objects.requireNonNull;

import dev.qmp.BlockingQmpClient;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.QmpClientStatus;
import dev.qmp.TaskObserver;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Operation;
import dev.qmp.event.QmpEvents;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.engine.Engine;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.RunstateMachine;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.schema.QmpSchema;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The client, composed of its parts. Not final, because proxies are subclasses: aspects, spies.
 */
public class DefaultQmpClient implements QmpClient {

    /** The extra time of a busy machine, in addition to the deadlines of a disconnect. */
    private static final Duration SCHEDULING = Duration.ofSeconds(1);

    private final Endpoint endpoint;
    private final QmpClientOptions options;
    private final EventRegistry events;
    private final ClientLifeCycle lifeCycle;
    private final CommandIssuer issuer;
    private final DefaultBlockingQmpClient blocking;
    /** The failures of the application's observers, filters and subscribers. */
    private final FailureLog failures;

    /** Creates a client in {@code IDLE}. */
    public DefaultQmpClient(Endpoint endpoint, QmpClientOptions options) {
        this.endpoint = endpoint;
        this.options = options;
        Logger logger = ConnectionLogger.of(QmpClient.class, options.protocol().name());
        this.failures = new FailureLog(logger);
        Loop loop = Engine.nextLoop(options.protocol());
        Executor callbacks = options.protocol().callbackExecutor();
        ListenerOptions listenerDefaults = ListenerOptions.DEFAULTS.withCapacity(options.eventCapacity());
        this.events = new EventRegistry(listenerDefaults, callbacks, logger, failures, loop);
        this.lifeCycle = new ClientLifeCycle(endpoint, options, loop, events, logger);
        this.issuer = new CommandIssuer(this, options, lifeCycle, events, failures);
        this.blocking = new DefaultBlockingQmpClient(this, loop, lifeCycle, issuer);
    }

    @Override
    public String name() {
        return options.protocol().name();
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public QmpClientOptions options() {
        return options;
    }

    @Override
    public boolean isGuestAgent() {
        return options.isGuestAgent();
    }

    @Override
    public Runstate runstate() {
        return runstates().current();
    }

    @Override
    public QmpClientStatus status() {
        ServerRecord server = lifeCycle.record();
        Downtime downtime = server.downtime();
        Instant downSince = downtime.since(); // until the first change, it is the client's creation
        RunstateChange last = runstates().lastChange();
        boolean running = last != null && last.current() == Runstate.RUNNING;
        QmpSession session = lifeCycle.session();
        CommandCounts.Snapshot counts = session == null
                ? CommandCounts.Snapshot.NONE
                : session.table().counts().snapshot();
        return new QmpClientStatus(
                last == null ? Runstate.IDLE : last.current(),
                last == null ? requireNonNull(downSince) : last.at(),
                server.greeting(),
                server.identity().current(),
                session != null && session.isOutOfBand(),
                counts.queued(),
                counts.pending(),
                counts.abandoned(),
                lifeCycle.reconnector().failedAttempts(),
                lifeCycle.reconnector().reconnects(),
                events.received(),
                events.lost(),
                server.strayReplies(),
                running ? null : downtime.lastFailure(),
                lifeCycle.isReconnecting(),
                session == null ? List.of() : session.table().oldest(QmpClientStatus.MAX_COMMANDS),
                downtime.lastEnd(),
                downtime.since(),
                lifeCycle.reconnector().nextAttempt(),
                lifeCycle.engine().listeningOn(),
                options.commandPolicy(),
                issuer.refused(),
                lifeCycle.reconnector().state(),
                server.lateReplies());
    }

    private RunstateMachine runstates() {
        return lifeCycle.engine().runstates();
    }

    // ------------------------------------------------------------------ life cycle

    @Override
    public CompletableFuture<Void> connect() {
        return lifeCycle.connect(callbackExecutor());
    }

    @Override
    public void start() {
        lifeCycle.start();
    }

    @Override
    public void reconnectNow() {
        lifeCycle.reconnectNow();
    }

    @Override
    public CompletableFuture<Void> disconnect() {
        return lifeCycle.disconnect(callbackExecutor());
    }

    @Override
    public void close() {
        CompletableFuture<Void> closed = lifeCycle.close();
        if (!lifeCycle.engine().loop().isOnAnyLoop()) {
            Duration drainAndClose = options.protocol().disconnectTimeout().multipliedBy(2);
            blocking.awaitQuietly(closed, drainAndClose.plus(SCHEDULING));
            events.close();
        }
    }

    @Override
    public boolean isClosed() {
        return lifeCycle.isClosed();
    }

    @Override
    public Registration addRunstateListener(RunstateListener listener) {
        Objects.requireNonNull(listener, "listener");
        return runstates().addListener(listener, options.protocol().callbackExecutor());
    }

    @Override
    public RunstateWatcher watchRunstate() {
        return runstates().watch(lifeCycle.engine().loop());
    }

    // ------------------------------------------------------------------ commands

    @Override
    public CompletableFuture<JsonNode> execute(QmpCommand command) {
        Objects.requireNonNull(command, "command");
        return issuer.issue(command, ReplyReader::result, CALLBACK_EXECUTOR);
    }

    @Override
    public <T> CompletableFuture<T> execute(QmpCommand command, Class<T> resultType) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(resultType, "resultType");
        return issuer.issue(command, ReplyReader.resultAs(resultType), CALLBACK_EXECUTOR);
    }

    @Override
    public <R extends @Nullable Object> CompletableFuture<R> execute(TypedCommand<R> command) {
        Objects.requireNonNull(command, "command");
        return issuer.issue(command.toCommand(), ReplyReader.resultOf(command), CALLBACK_EXECUTOR);
    }

    @Override
    public CompletableFuture<ObjectNode> executeRaw(ObjectNode message) {
        Objects.requireNonNull(message, "message");
        QmpCommand command = QmpCommand.fromMessage(message);
        return issuer.issue(command, new ReplyReader.Raw(command.id()), CALLBACK_EXECUTOR);
    }

    @Override
    public Task<QmpEvent> start(Operation operation) {
        Objects.requireNonNull(operation, "operation");
        return OperationTask.start(this, operation, issuer);
    }

    @Override
    public CompletableFuture<QmpSchema> schema() {
        CompletableFuture<QmpSchema> schema = issuer.schema();
        return schema.isDone() && !schema.isCompletedExceptionally()
                ? schema
                : TaskSource.unwrapped(schema, callbackExecutor());
    }

    @Override
    public QmpEvents events() {
        return events;
    }

    @Override
    public Executor callbackExecutor() {
        return lifeCycle.engine().callbacks();
    }

    @Override
    public <R extends @Nullable Object> TaskSource<R> newTask(
            String kind, String name, Supplier<? extends CompletableFuture<?>> cancellation) {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(cancellation, "cancellation");
        AtomicBoolean announced = new AtomicBoolean();
        TaskSource<R> source = new TaskSource<>(
                name, callbackExecutor(), () -> announced.get() ? cancellation.get() : refuseEarlyCancellation());
        for (TaskObserver observer : options.taskObservers()) {
            try {
                observer.taskStarted(this, kind, source.task());
            } catch (Throwable e) {
                failures.failed("A task observer failed", "the start of a task", e);
            }
        }
        announced.set(true);
        return source;
    }

    /** The code that runs the task has not got it yet. */
    private static CompletableFuture<?> refuseEarlyCancellation() {
        return CompletableFuture.failedFuture(new IllegalStateException(
                "a task observer cannot cancel a task within taskStarted(); cancel it after that call"));
    }

    @Override
    public BlockingQmpClient blocking() {
        return blocking;
    }

    /** {@return the client's name and its runstate} */
    @Override
    public String toString() {
        return "QmpClient[" + name() + ", " + endpoint + ", " + runstate() + "]";
    }
}

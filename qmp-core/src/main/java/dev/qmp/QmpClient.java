package dev.qmp;

import dev.qmp.event.Operation;
import dev.qmp.event.QmpEvents;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.schema.QmpSchema;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The connection to one virtual machine's monitor, over any number of sessions.
 *
 * <p>Commands need a session ({@link Runstate#RUNNING}); without one they fail at once, certainly not sent. A failed
 * command tells its outcome by its type: {@link dev.qmp.error.NotSentException}, {@link
 * dev.qmp.error.RejectedException}, {@link dev.qmp.error.OutcomeUnknownException}. No command is ever sent twice by
 * this library, except to a guest agent that has refused it unexecuted because of its id ({@link
 * QmpClientBuilder#commandIds}).
 *
 * <p>All methods but {@link #close()} return at once. Futures complete on the callback executor. They do not wait for
 * the callbacks of earlier events, unless a subscription asks for it ({@link
 * dev.qmp.event.ListenerOptions#withDelayedReplies()}). {@link #blocking()} is the twin for code that waits.
 *
 * <p>Thread safety: all methods may be called from any thread. Commands in band reach the server in the order in which
 * one thread issues them. Their futures complete each in a task of its own, so that no callback can hold up another
 * command's: what has to follow a reply is chained to it.
 */
public interface QmpClient extends AutoCloseable {

    /** {@return a builder for a client of the given endpoint} */
    static QmpClientBuilder builder(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return new QmpClientBuilder(endpoint);
    }

    /** {@return a builder for a client of an endpoint as {@link Endpoint#parse} reads it} */
    static QmpClientBuilder builder(String endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return builder(Endpoint.parse(endpoint));
    }

    /** {@return the client's name, which shows in its logger} */
    String name();

    /** {@return where the machine is, or where it is awaited} */
    Endpoint endpoint();

    /** {@return the runstate of the connection now; the guest's own is told by {@code query-status}} */
    Runstate runstate();

    /** {@return all that is known of the connection, from memory: it neither waits nor asks the machine} */
    QmpClientStatus status();

    // ------------------------------------------------------------------ life cycle

    /**
     * Makes one attempt at a session. Requires IDLE; RUNNING when the future completes, IDLE when it fails. Once it has
     * succeeded, a session that is lost is made again as the {@link ReconnectPolicy} says. It ends by the connect and
     * handshake timeouts; with {@link ConnectMode#LISTEN} there is no deadline before the peer has dialled.
     *
     * @return fails with {@link dev.qmp.protocol.StateException}, {@link dev.qmp.protocol.QmpConnectException}, or
     *     {@link IllegalStateException} if the client is closed; cancelling it takes the attempt back
     */
    CompletableFuture<Void> connect();

    /**
     * Connects in the background, again and again as the {@link ReconnectPolicy} says, until there is a session, and
     * anew whenever it is lost. Does nothing if that is going on already, or the client is closed. After a failure that
     * ended the attempts ({@link ReconnectPolicy} lists them, {@link QmpClientStatus#reconnecting()} tells) it resumes
     * them.
     */
    void start();

    /**
     * Ends the session and all attempts; commands under way are given the disconnect timeout to finish. The client can
     * be connected again.
     *
     * @return completes in IDLE; fails, in IDLE too, with the first cause if the session had failed, nobody was told,
     *     and no other attempt has begun since
     */
    CompletableFuture<Void> disconnect();

    /**
     * Disconnects for good, and waits for it unless called on an event loop: event listeners end. From then on {@link
     * #connect()} fails with {@link IllegalStateException}, {@link #start()} does nothing, and commands fail with
     * {@link dev.qmp.error.NotSentException}. Takes at most twice the disconnect timeout, and a second.
     */
    @Override
    void close();

    /**
     * Registers a listener for all changes of the runstate from now on; it runs on the callback executor, and ends when
     * left too far behind, see {@link RunstateListener}.
     */
    Registration addRunstateListener(RunstateListener listener);

    /** {@return a FIFO of all changes of the runstate from now on} Close it when done. */
    RunstateWatcher watchRunstate();

    // ------------------------------------------------------------------ commands

    /**
     * Executes a command.
     *
     * @return the value of {@code return}; fails with a {@link dev.qmp.error.CommandException}. Ending it by {@code
     *     cancel}, {@code orTimeout} or otherwise before the command is written withdraws the command; later that only
     *     stops the wait, the machine is not affected
     */
    CompletableFuture<JsonNode> execute(QmpCommand command);

    /** Executes a command without arguments; see {@link #execute(QmpCommand)}. */
    default CompletableFuture<JsonNode> execute(String name) {
        Objects.requireNonNull(name, "name");
        return execute(QmpCommand.of(name));
    }

    /** Executes a command with arguments as {@link QmpCommand#of(String, Object)} takes them. */
    default CompletableFuture<JsonNode> execute(String name, Object arguments) {
        Objects.requireNonNull(name, "name");
        return execute(QmpCommand.of(name, arguments));
    }

    /**
     * Executes a command and maps its result to a record or class; members the type does not know are ignored.
     *
     * @return fails also with {@link dev.qmp.error.ResultException} if the result does not fit
     */
    <T> CompletableFuture<T> execute(QmpCommand command, Class<T> resultType);

    /** Executes a command without arguments and maps its result; see {@link #execute(QmpCommand, Class)}. */
    default <T> CompletableFuture<T> execute(String name, Class<T> resultType) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(resultType, "resultType");
        return execute(QmpCommand.of(name), resultType);
    }

    /** Executes a command with arguments and maps its result; see {@link #execute(QmpCommand, Class)}. */
    default <T> CompletableFuture<T> execute(String name, Object arguments, Class<T> resultType) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(resultType, "resultType");
        return execute(QmpCommand.of(name, arguments), resultType);
    }

    /**
     * Executes a command that knows the type of its result.
     *
     * <pre>{@code
     * client.execute(QueryStatus.command()).thenAccept(info -> log.info("{}", info.status()));
     * }</pre>
     *
     * @param command one of {@link dev.qmp.qapi.command} or {@link dev.qmp.qapi.agent.command}, or one of the
     *     application
     * @return as {@link #execute(QmpCommand)}; fails also with {@link dev.qmp.error.ResultException} if the result does
     *     not fit. A command without a result returns null
     */
    <R extends @Nullable Object> CompletableFuture<R> execute(TypedCommand<R> command);

    /**
     * Sends a whole message as it is, but for the id, which is always the client's own on the wire.
     *
     * @param message as {@link QmpCommand#fromMessage} takes it
     * @return the whole reply, errors included, with the id of the given message if it had one; fails with {@link
     *     dev.qmp.error.NotSentException} or {@link dev.qmp.error.OutcomeUnknownException}
     * @throws IllegalArgumentException if it is no message of a command
     */
    CompletableFuture<ObjectNode> executeRaw(ObjectNode message);

    /**
     * Executes a command that only starts something, and waits for the event that completes it. The client listens
     * before it sends.
     *
     * <pre>{@code
     * EventMatch unplugged = EventFilter.of(DeviceDeleted.class).with("device", "net0");
     * client.start(Operation.of(DeviceDel.command("net0"), unplugged, Duration.ofMinutes(1)))
     *         .result()
     *         .thenAccept(event -> log.info("net0 is gone"));
     * }</pre>
     *
     * <p>The wait belongs to one session and ends with it.
     *
     * @return the task; its result is the completing event, its failures are listed at {@link Operation}. {@link
     *     Task#cancel()} executes {@link Operation#cancelledBy}'s command. Without one it withdraws the operation's
     *     command, or ends only the wait, with {@link dev.qmp.error.NotSentException}, {@link
     *     dev.qmp.error.OutcomeUnknownException} or {@link dev.qmp.event.EventNotSeenException}
     */
    Task<QmpEvent> start(Operation operation);

    /**
     * Reads what the machine knows: its commands, arguments, values and events. The first call of a session executes
     * {@code query-qmp-schema}, whose reply has 150 to 250 kB; later calls return the same schema.
     *
     * @return the schema; fails as {@link #execute(QmpCommand)}, and with {@link dev.qmp.error.ResultException} if the
     *     reply is no schema. A guest agent has none: it fails with {@link dev.qmp.error.RejectedException}
     */
    CompletableFuture<QmpSchema> schema();

    /** {@return the events of this machine} */
    QmpEvents events();

    /**
     * {@return where this client's futures complete and its callbacks run}
     *
     * <p>It is the executor of {@link QmpClientBuilder#callbackExecutor}. It never throws: what that executor does not
     * take runs on the default one.
     */
    Executor callbackExecutor();

    /**
     * Creates a task of this client, and shows it to the {@linkplain QmpClientBuilder#taskObserver observers}. For code
     * that runs something on the machine; it reports progress and the outcome to the source.
     *
     * @param kind what kind of task it is, such as {@code backup}; of few different values
     * @param name {@link dev.qmp.task.Task#name()}, such as {@code backup of disk0}
     * @param cancellation asks the machine to cancel the task, see {@link TaskSource#TaskSource}
     */
    <R extends @Nullable Object> TaskSource<R> newTask(
            String kind, String name, Supplier<? extends CompletableFuture<?>> cancellation);

    /** {@return this client for code that waits} */
    BlockingQmpClient blocking();
}

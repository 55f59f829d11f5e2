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
 * <p>Commands need a session ({@link Runstate#RUNNING}). Without one they fail at once with {@link
 * dev.qmp.error.NotSentException}. The type of a failure states the command's outcome: {@link
 * dev.qmp.error.NotSentException}, {@link dev.qmp.error.RejectedException}, {@link
 * dev.qmp.error.OutcomeUnknownException}. The library never sends a command twice. The only exception: a guest agent
 * has rejected the command because of its id, and so has not executed it ({@link QmpClientBuilder#commandIds}).
 *
 * <p>Futures of this library fail with the failure itself. A stage that the application chains to one, such as {@code
 * thenApply}, has a {@link java.util.concurrent.CompletionException} around it.
 *
 * <p>All methods but {@link #close()} return at once. Futures complete on the callback executor. They do not wait for
 * the callbacks of earlier events, unless a subscription delays replies ({@link
 * dev.qmp.event.ListenerOptions#withDelayedReplies()}). {@link #blocking()} has the same operations for code that
 * waits.
 *
 * <p>Thread safety: all methods may be called from any thread. The server receives commands in band in the order in
 * which one thread issues them. The order of completion across commands is undefined, so chain dependent work on the
 * future. Futures whose replies arrive together complete one after the other on one thread of the callback executor. If
 * a callback is slow or blocks, a future behind it completes on another thread of the executor, after 2 ms at most.
 */
public interface QmpClient extends AutoCloseable {

    /** {@return a builder for a client of the given endpoint} */
    static QmpClientBuilder builder(Endpoint endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return new QmpClientBuilder(endpoint);
    }

    /**
     * {@return a builder for a client of an endpoint in the form of {@link Endpoint#parse}}
     *
     * @throws IllegalArgumentException if the text is not an endpoint
     */
    static QmpClientBuilder builder(String endpoint) {
        Objects.requireNonNull(endpoint, "endpoint");
        return builder(Endpoint.parse(endpoint));
    }

    /** {@return the client's name, which log messages and exceptions contain} */
    String name();

    /** {@return the endpoint that the client dials, or on which it listens} */
    Endpoint endpoint();

    /** {@return the options with which this client was built, the defaults included} */
    QmpClientOptions options();

    /**
     * {@return whether the server counts as a guest agent: neither a greeting nor a negotiation is expected} If it
     * does, use {@link dev.qmp.agent.GuestAgent} for its commands.
     */
    boolean isGuestAgent();

    /**
     * {@return the runstate of the connection now} In {@code RUNNING} the session is negotiated, not merely connected.
     * The guest's own state is in the reply to {@code query-status}.
     */
    Runstate runstate();

    /** {@return the state of the connection, from memory} The method neither waits nor sends a command. */
    QmpClientStatus status();

    // ------------------------------------------------------------------ life cycle

    /**
     * Makes one attempt at a session. Requires {@code IDLE}. The runstate is {@code RUNNING} when the future completes,
     * and {@code IDLE} when the attempt fails. If the caller ends the future in any way, such as a cancellation or
     * {@code completeOnTimeout}, the attempt ends. {@code IDLE} follows a little later: {@link #disconnect()} completes
     * then.
     *
     * <p>The attempt ends by the connect timeout and the handshake timeout. With {@link ConnectMode#LISTEN} there is no
     * deadline until the peer has connected. After a successful attempt, the client reconnects lost sessions by its
     * {@link ReconnectPolicy}.
     *
     * @return completes on the callback executor; cancelling it cancels the attempt. It fails with {@link
     *     dev.qmp.protocol.StateException}, {@link dev.qmp.protocol.QmpConnectException}, or, if the client is closed,
     *     {@link IllegalStateException}. The phase of a failed attempt is {@link
     *     dev.qmp.protocol.ConnectPhase#TRANSPORT}, {@link dev.qmp.protocol.ConnectPhase#TLS}, or a {@link
     *     HandshakePhase}
     */
    CompletableFuture<Void> connect();

    /**
     * Starts to connect in the background. Attempts follow each other by the {@link ReconnectPolicy} until there is a
     * session, and again after each loss.
     *
     * <p>While a session is wanted ({@link ReconnectState#CONNECTING}, {@code CONNECTED}, {@code WAITING} or {@code
     * RESTARTING}), or after {@link #close()}, the call begins no attempt. After {@link #disconnect()}, or after a
     * failure that ended the attempts, it begins them again. {@link ReconnectPolicy} lists these failures, and {@link
     * QmpClientStatus#reconnecting()} is false after one.
     */
    void start();

    /**
     * Makes an attempt at once, for example because the application knows that the machine is up again. The call has an
     * effect only in {@link ReconnectState#WAITING}, so a client that was disconnected, or was never started, does not
     * connect. The delay goes on meanwhile. So an attempt that fails within it changes no later one, except in {@link
     * ConnectMode#LISTEN}, where a peer that connected begins a new series of delays. If the delay ends first, this
     * attempt is the next one. {@link QmpClientStatus#lastError()} has its failure.
     */
    void reconnectNow();

    /**
     * Ends the session and all attempts. Commands in flight have the disconnect timeout to finish, and the close of the
     * transport has it once more. The client can be connected again.
     *
     * @return completes on the callback executor in {@code IDLE}. If the session had failed before, it fails with the
     *     first cause, in {@code IDLE} too. If an earlier call has received that cause, or another attempt has begun
     *     since, it completes normally
     */
    CompletableFuture<Void> disconnect();

    /**
     * Disconnects and ends the client, its event listeners and its watchers of runstates. Except on an event loop, the
     * call waits until that is done: at most twice the disconnect timeout and one second. After that time, or if the
     * thread is interrupted, the close goes on in the background; an interrupted thread stays interrupted. The call
     * does not throw the failure of the session; the log has it. If the client was closed before and is {@code IDLE},
     * the call has no effect.
     *
     * <p>Afterwards {@link #connect()} fails with {@link IllegalStateException}, {@link #start()} and {@link
     * #reconnectNow()} have no effect, and commands fail with {@link dev.qmp.error.NotSentException}.
     */
    @Override
    void close();

    /** {@return whether {@link #close()} was called; its disconnect may still be under way} */
    boolean isClosed();

    /**
     * Registers a listener for all later changes of the runstate. It runs on the callback executor. A listener that is
     * too slow ends, see {@link RunstateListener}. For the end of a session, {@link SessionEnd#of} describes it.
     */
    Registration addRunstateListener(RunstateListener listener);

    /** {@return a FIFO of all later changes of the runstate} Close it after use. */
    RunstateWatcher watchRunstate();

    // ------------------------------------------------------------------ commands

    /**
     * Executes a command.
     *
     * @return the value of {@code return}. It completes on the callback executor and fails with a {@link
     *     dev.qmp.error.CommandException}. If the caller completes or cancels the future before the command is written,
     *     the command is withdrawn. Later that ends only the wait: the machine is not affected
     */
    CompletableFuture<JsonNode> execute(QmpCommand command);

    /**
     * Executes a command without arguments; see {@link #execute(QmpCommand)}.
     *
     * @throws IllegalArgumentException if the name is blank
     */
    default CompletableFuture<JsonNode> execute(String name) {
        Objects.requireNonNull(name, "name");
        return execute(QmpCommand.of(name));
    }

    /**
     * Executes a command with arguments in the form of {@link QmpCommand#of(String, Object)}.
     *
     * @throws IllegalArgumentException if the name is blank, or the arguments cannot be converted to a JSON object
     */
    default CompletableFuture<JsonNode> execute(String name, Object arguments) {
        Objects.requireNonNull(name, "name");
        return execute(QmpCommand.of(name, arguments));
    }

    /**
     * Executes a command and maps its result to a record or class. Members that the type does not have are ignored.
     *
     * @return fails also with {@link dev.qmp.error.ResultException} if the result does not fit the type
     */
    <T> CompletableFuture<T> execute(QmpCommand command, Class<T> resultType);

    /** Executes a command without arguments and maps its result; see {@link #execute(QmpCommand, Class)}. */
    default <T> CompletableFuture<T> execute(String name, Class<T> resultType) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(resultType, "resultType");
        return execute(QmpCommand.of(name), resultType);
    }

    /**
     * Executes a command with arguments and maps its result; see {@link #execute(String, Object)} and {@link
     * #execute(QmpCommand, Class)}.
     */
    default <T> CompletableFuture<T> execute(String name, Object arguments, Class<T> resultType) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(resultType, "resultType");
        return execute(QmpCommand.of(name, arguments), resultType);
    }

    /**
     * Executes a typed command.
     *
     * <pre>{@code
     * client.execute(QueryStatus.command()).thenAccept(info -> log.info("{}", info.status()));
     * }</pre>
     *
     * @param command one of {@link dev.qmp.qapi.command} or {@link dev.qmp.qapi.agent.command}, or one of the
     *     application
     * @return as {@link #execute(QmpCommand)}; null if the command has no result. It fails also with {@link
     *     dev.qmp.error.ResultException} if the result does not fit
     */
    <R extends @Nullable Object> CompletableFuture<R> execute(TypedCommand<R> command);

    /**
     * Sends a whole message as it is. Only its id is replaced on the wire by an id of the client.
     *
     * @param message in the form of {@link QmpCommand#fromMessage}
     * @return the reply's {@code return}, or {@code error} with its {@code class} and {@code desc}; and the id of the
     *     given message if it had one. Other members are left out. It fails with {@link dev.qmp.error.NotSentException}
     *     or {@link dev.qmp.error.OutcomeUnknownException}
     * @throws IllegalArgumentException if the message is not a command, or is nested too deep; see {@link
     *     QmpCommand#fromMessage}
     */
    CompletableFuture<ObjectNode> executeRaw(ObjectNode message);

    /**
     * Executes a command that only starts something, and waits for the event that completes it. The client listens
     * before it sends the command.
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
     * @return the task; its result is the completing event, and {@link Operation} lists its failures. {@link
     *     Task#cancel()} executes the command of {@link Operation#cancelledBy}. Without one it withdraws the
     *     operation's command, or ends only the wait. The task then fails with {@link dev.qmp.error.NotSentException},
     *     {@link dev.qmp.error.OutcomeUnknownException} or {@link dev.qmp.event.EventNotSeenException}
     */
    Task<QmpEvent> start(Operation operation);

    /**
     * Reads the machine's schema: its commands, arguments, values and events. The first call of a session executes
     * {@code query-qmp-schema}, whose reply has 150 to 250 kB. Later calls return the same schema.
     *
     * @return the schema. The future completes on the callback executor, or is already complete if the schema is known.
     *     It fails as {@link #execute(QmpCommand)}, and with {@link dev.qmp.error.ResultException} if the
     *     reply is not a schema. A guest agent has no schema: the future fails with {@link
     *     dev.qmp.error.RejectedException}
     */
    CompletableFuture<QmpSchema> schema();

    /** {@return the events of this machine} */
    QmpEvents events();

    /**
     * {@return the executor on which this client's futures complete and its callbacks run}
     *
     * <p>It uses the executor of {@link QmpClientBuilder#callbackExecutor} and never throws: a task that this executor
     * rejects runs on the default one.
     */
    Executor callbackExecutor();

    /**
     * Creates a task of this client and notifies the {@linkplain QmpClientBuilder#taskObserver observers}. Code that
     * runs work on the machine reports progress and the outcome to the returned source.
     *
     * @param kind the kind of the task, such as {@code backup}; use few different values
     * @param name {@link dev.qmp.task.Task#name()}, such as {@code backup of disk0}
     * @param cancellation asks the machine to cancel the task, see {@link TaskSource#TaskSource}
     */
    <R extends @Nullable Object> TaskSource<R> newTask(
            String kind, String name, Supplier<? extends CompletableFuture<?>> cancellation);

    /** {@return this client for code that waits} */
    BlockingQmpClient blocking();
}

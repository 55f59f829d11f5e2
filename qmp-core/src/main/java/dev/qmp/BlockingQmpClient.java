package dev.qmp;

import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.schema.QmpSchema;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@link QmpClient} for code that waits: the same operations, with results instead of futures and the {@link
 * dev.qmp.error.QmpException} itself instead of a wrapper. Made for platform and virtual threads alike.
 *
 * <p>Each call ends by the client's deadlines, except {@link #connect()} with {@link ConnectMode#LISTEN}, which waits
 * for the peer. A thread that is interrupted gets the exception that tells the outcome so far, and stays interrupted;
 * one that is interrupted before it issues a command gets {@link dev.qmp.error.NotSentException}. On an event loop,
 * where waiting would stall connections and never end, every method throws {@link IllegalStateException} at once.
 */
public interface BlockingQmpClient {

    /** {@return the client this is the twin of} */
    QmpClient async();

    /**
     * Makes one attempt at a session; see {@link QmpClient#connect()}. Requires IDLE; RUNNING afterwards, IDLE if it
     * fails; on the way there if the thread was interrupted, which takes the attempt back.
     *
     * @throws dev.qmp.protocol.StateException if the runstate is not IDLE
     * @throws dev.qmp.protocol.QmpConnectException if there is no session, and says in which phase it failed and why
     * @throws IllegalStateException if the client is closed
     */
    void connect();

    /**
     * Waits until there is a session by any attempt: RUNNING now, or within the given time. Returns at once where no
     * session can be expected.
     *
     * @param timeout how long to wait; zero or a negative time only asks
     * @return true if there is a session; false if the time is up first while attempts go on, or if the thread is
     *     interrupted. Then {@link QmpClientStatus#lastError()} holds the last failure
     * @throws dev.qmp.protocol.StateException if the client is closed, was disconnected, has given up or was never
     *     started, now or while this waits; its cause is the last failure, if there was one
     */
    boolean awaitRunning(Duration timeout);

    /**
     * Ends the session; see {@link QmpClient#disconnect()}. IDLE afterwards, also if it throws; on the way there if the
     * thread was interrupted.
     *
     * @throws dev.qmp.error.QmpException the first cause, if the session had failed, nobody was told, and no other
     *     attempt has begun since; or if the thread was interrupted
     */
    void disconnect();

    /**
     * Executes a command; see {@link QmpClient#execute(QmpCommand)}.
     *
     * @throws dev.qmp.error.NotSentException if it was certainly not executed
     * @throws dev.qmp.error.RejectedException if the server answered with an error
     * @throws dev.qmp.error.OutcomeUnknownException if nobody knows whether it was executed
     */
    JsonNode execute(QmpCommand command);

    /** Executes a command without arguments. */
    default JsonNode execute(String name) {
        Objects.requireNonNull(name, "name");
        return execute(QmpCommand.of(name));
    }

    /** Executes a command with arguments as {@link QmpCommand#of(String, Object)} takes them. */
    default JsonNode execute(String name, Object arguments) {
        Objects.requireNonNull(name, "name");
        return execute(QmpCommand.of(name, arguments));
    }

    /**
     * Executes a command and maps its result; see {@link QmpClient#execute(QmpCommand, Class)}.
     *
     * @throws dev.qmp.error.CommandException as {@link #execute(QmpCommand)}
     * @throws dev.qmp.error.ResultException if it was executed, and its result does not fit the type
     */
    <T> T execute(QmpCommand command, Class<T> resultType);

    /** Executes a command without arguments and maps its result. */
    default <T> T execute(String name, Class<T> resultType) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(resultType, "resultType");
        return execute(QmpCommand.of(name), resultType);
    }

    /** Executes a command with arguments and maps its result. */
    default <T> T execute(String name, Object arguments, Class<T> resultType) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(resultType, "resultType");
        return execute(QmpCommand.of(name, arguments), resultType);
    }

    /**
     * Executes a command that knows the type of its result; see {@link QmpClient#execute(TypedCommand)}.
     *
     * @return the result; null if the command has none
     * @throws dev.qmp.error.CommandException as {@link #execute(QmpCommand)}
     * @throws dev.qmp.error.ResultException if it was executed, and its result does not fit the type
     */
    <R extends @Nullable Object> R execute(TypedCommand<R> command);

    /** Sends a whole message as it is; see {@link QmpClient#executeRaw}. */
    ObjectNode executeRaw(ObjectNode message);

    /**
     * Reads what the machine knows; see {@link QmpClient#schema()}.
     *
     * @throws dev.qmp.error.CommandException as {@link #execute(QmpCommand)}
     * @throws dev.qmp.error.ResultException if the reply is no schema
     */
    QmpSchema schema();

    /**
     * Executes a command and waits for the event that completes it; see {@link QmpClient#start(Operation)}.
     *
     * @return the completing event
     * @throws dev.qmp.error.NotSentException if the command was certainly not executed
     * @throws dev.qmp.error.RejectedException if the server answered with an error
     * @throws dev.qmp.error.OutcomeUnknownException if there was no reply within the limit, or in this session
     * @throws dev.qmp.event.FailedByEventException if the command was executed, and an event reported a failure
     * @throws dev.qmp.event.EventNotSeenException if the command was executed, and the wait ended without the event
     */
    QmpEvent run(Operation operation);
}

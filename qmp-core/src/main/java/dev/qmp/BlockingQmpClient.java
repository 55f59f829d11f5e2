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
 * A {@link QmpClient} for code that waits. The operations are the same, with results instead of futures, and with the
 * {@link dev.qmp.error.QmpException} itself instead of a wrapper. It suits platform threads and virtual threads.
 *
 * <p>Each call ends by the client's deadlines, except {@link #connect()} with {@link ConnectMode#LISTEN}, which waits
 * for the peer. If the thread is interrupted during a command, the call throws the exception of the command's outcome
 * so far. If it is interrupted before, the call throws {@link dev.qmp.error.NotSentException}. The thread stays
 * interrupted.
 *
 * <p>On an event loop, where waiting would stall connections and never end, every method that executes a command or
 * waits throws {@link IllegalStateException} at once.
 */
public interface BlockingQmpClient {

    /** {@return the client with futures} */
    QmpClient async();

    /**
     * Makes one attempt at a session; see {@link QmpClient#connect()}. Requires {@code IDLE}. The runstate is {@code
     * RUNNING} afterwards, and {@code IDLE} if the attempt fails. An interrupt of the thread cancels the attempt, which
     * then ends in {@code IDLE} a little later.
     *
     * @throws dev.qmp.error.QmpException if the thread is interrupted
     * @throws dev.qmp.protocol.StateException if the runstate is not {@code IDLE}
     * @throws dev.qmp.protocol.QmpConnectException if there is no session; it has the phase and the reason
     * @throws IllegalStateException if the client is closed
     */
    void connect();

    /**
     * Waits until there is a session by any attempt: the runstate is {@code RUNNING} now, or within the given time. The
     * method returns at once if no session can be expected.
     *
     * @param timeout how long to wait; with zero or a negative time the method does not wait
     * @return true if there is a session; false if the time passes while attempts go on, or if the thread is
     *     interrupted. Then {@link QmpClientStatus#lastError()} holds the last failure
     * @throws dev.qmp.protocol.StateException if the client is closed, was disconnected, has given up or was never
     *     started, now or during the wait; its cause is the last failure, if there was one
     */
    boolean awaitRunning(Duration timeout);

    /**
     * Ends the session; see {@link QmpClient#disconnect()}. The runstate is {@code IDLE} afterwards, also after an
     * exception. If the thread is interrupted, the disconnect goes on and ends in {@code IDLE} a little later.
     *
     * @throws dev.qmp.error.QmpException if the thread was interrupted. If the session had failed before, the exception
     *     is the first cause, unless an earlier call has received that cause or another attempt has begun since
     */
    void disconnect();

    /**
     * Executes a command; see {@link QmpClient#execute(QmpCommand)}.
     *
     * @throws dev.qmp.error.NotSentException if it was certainly not executed
     * @throws dev.qmp.error.RejectedException if the server answered with an error
     * @throws dev.qmp.error.OutcomeUnknownException if it was written and no reply was received
     */
    JsonNode execute(QmpCommand command);

    /** Executes a command without arguments. */
    default JsonNode execute(String name) {
        Objects.requireNonNull(name, "name");
        return execute(QmpCommand.of(name));
    }

    /** Executes a command with arguments in the form of {@link QmpCommand#of(String, Object)}. */
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
     * Executes a typed command; see {@link QmpClient#execute(TypedCommand)}.
     *
     * @return the result; null if the command has none
     * @throws dev.qmp.error.CommandException as {@link #execute(QmpCommand)}
     * @throws dev.qmp.error.ResultException if it was executed, and its result does not fit the type
     */
    <R extends @Nullable Object> R execute(TypedCommand<R> command);

    /**
     * Sends a whole message as it is; see {@link QmpClient#executeRaw}.
     *
     * @return the reply as {@link QmpClient#executeRaw} describes it; an error is returned, too
     * @throws dev.qmp.error.NotSentException if no byte of it was sent
     * @throws dev.qmp.error.OutcomeUnknownException if it was written, and no reply was received
     * @throws IllegalArgumentException if the message is not a command, or is nested too deep; see {@link
     *     QmpCommand#fromMessage}
     */
    ObjectNode executeRaw(ObjectNode message);

    /**
     * Reads the machine's schema; see {@link QmpClient#schema()}. An interrupt ends the wait only.
     *
     * @throws dev.qmp.error.QmpException if the thread is interrupted
     * @throws dev.qmp.error.CommandException as {@link #execute(QmpCommand)}
     * @throws dev.qmp.error.ResultException if the reply is not a schema
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

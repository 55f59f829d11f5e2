package dev.qmp;

import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@link QmpClient} for code that waits: the same operations, with results instead of futures and the {@link
 * dev.qmp.error.QmpException} itself instead of a wrapper. Made for platform and virtual threads alike.
 *
 * <p>Each call ends by the client's deadlines, except {@link #connect()} with {@link ConnectMode#LISTEN}, which waits for
 * the peer. A thread that is interrupted gets the exception that tells the outcome so far, and stays interrupted; one that
 * is interrupted before it issues a command gets {@link dev.qmp.error.NotSentException}. On an event loop, where waiting would stall connections and never end, every method throws
 * {@link IllegalStateException} at once.
 */
public interface BlockingQmpClient {

    /** {@return the client this is the twin of} */
    QmpClient async();

    /** Makes one attempt at a session; see {@link QmpClient#connect()}. */
    void connect();

    /** Ends the session; see {@link QmpClient#disconnect()}. */
    void disconnect();

    /** Executes a command; see {@link QmpClient#execute(QmpCommand)}. */
    JsonNode execute(QmpCommand command);

    /** Executes a command without arguments. */
    default JsonNode execute(String name) {
        return execute(QmpCommand.of(name));
    }

    /** Executes a command with arguments as {@link QmpCommand#of(String, Object)} takes them. */
    default JsonNode execute(String name, Object arguments) {
        return execute(QmpCommand.of(name, arguments));
    }

    /** Executes a command and maps its result; see {@link QmpClient#execute(QmpCommand, Class)}. */
    <T> T execute(QmpCommand command, Class<T> resultType);

    /** Executes a command without arguments and maps its result. */
    default <T> T execute(String name, Class<T> resultType) {
        return execute(QmpCommand.of(name), resultType);
    }

    /** Sends a whole message as it is; see {@link QmpClient#executeRaw}. */
    ObjectNode executeRaw(ObjectNode message);

    /** Executes a command that is done when an event says so; see {@link QmpClient#executeAndAwait}. */
    QmpEvent executeAndAwait(QmpCommand command, EventFilter completion, Duration timeout);
}

package dev.qmp.spring;

import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.TypedCommand;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * All machines of a fleet that several instances of an application share. Each machine is held by one instance, its
 * owner. Commands to any machine can be issued on every instance; they are executed by the owner. There is a bean of
 * this type if {@code qmp.fleet.enabled} is set.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public interface QmpFleet {

    /** {@return the id of this instance; a new one for each start of the application, or of its life cycle} */
    String instance();

    /** {@return all machines by connection name, as last reported} Answered from memory. */
    Map<String, QmpMachine> machines();

    /**
     * {@return one machine as last reported; empty if no instance knows a connection of this name} Answered from
     * memory.
     */
    Optional<QmpMachine> machine(String connection);

    /** {@return whether this instance is the owner of the connection} */
    boolean isHeldHere(String connection);

    /**
     * Executes a command on the machine's owner. It is executed at most once, because nothing repeats it. If this
     * instance is the owner, the call is that of {@link dev.qmp.QmpClient#execute(QmpCommand)}. Otherwise arguments and
     * result travel as JSON. The owner's command policy decides. While the machine moves to another instance, the
     * command waits for {@code qmp.fleet.command-wait} at most, before it is sent to any instance.
     *
     * <p>The command's deadline, or that of the connection, counts from this call. It covers the way to the owner and
     * back. Cancelling the future withdraws a command that the owner has not written, and otherwise only ends the wait.
     *
     * @return the value of {@code return}. It completes on a thread of the fleet or of the local client. It fails with
     *     {@link dev.qmp.error.NotSentException} if the command was certainly not executed: no instance holds the
     *     machine, or the owner refused it; with {@link dev.qmp.error.RejectedException} if the machine rejected it;
     *     with {@link dev.qmp.error.OutcomeUnknownException} if the owner, or the answer, was lost, or the deadline
     *     passed
     * @throws IllegalArgumentException if no instance knows a connection of this name
     */
    CompletableFuture<JsonNode> execute(String connection, QmpCommand command);

    /**
     * Executes a command on the machine's owner and maps its result; see {@link #execute(String, QmpCommand)}.
     *
     * @return fails also with {@link dev.qmp.error.ResultException} if the result does not fit
     */
    default <T> CompletableFuture<T> execute(String connection, QmpCommand command, Class<T> resultType) {
        return execute(connection, TypedCommand.of(command, resultType));
    }

    /**
     * Executes a typed command on the machine's owner; see {@link #execute(String, QmpCommand)}.
     *
     * @return completes with null if the command has no result. It fails also with {@link
     *     dev.qmp.error.ResultException} if the result does not fit
     */
    <R extends @Nullable Object> CompletableFuture<R> execute(String connection, TypedCommand<R> command);

    /** {@return the blocking form of this fleet} */
    BlockingQmpFleet blocking();
}

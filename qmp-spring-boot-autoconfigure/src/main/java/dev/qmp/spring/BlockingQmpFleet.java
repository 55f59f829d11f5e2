package dev.qmp.spring;

import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.TypedCommand;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The blocking form of {@link QmpFleet}: methods return results instead of futures, and throw the {@link
 * dev.qmp.error.QmpException} itself. On an event loop, every call fails at once with {@link IllegalStateException}.
 */
public interface BlockingQmpFleet {

    /**
     * Executes a command on the machine's owner; see {@link QmpFleet#execute(String, QmpCommand)}. A thread that is
     * interrupted stays interrupted.
     *
     * @throws dev.qmp.error.NotSentException if it was certainly not executed
     * @throws dev.qmp.error.RejectedException if the machine rejected it
     * @throws dev.qmp.error.OutcomeUnknownException if the outcome is not known, also if the thread is interrupted
     * @throws IllegalArgumentException if no instance knows a connection of this name
     */
    JsonNode execute(String connection, QmpCommand command);

    /**
     * Executes a command on the machine's owner and maps its result; see {@link #execute(String, QmpCommand)}.
     *
     * @throws dev.qmp.error.ResultException if the result does not fit
     */
    default <T> T execute(String connection, QmpCommand command, Class<T> resultType) {
        return execute(connection, TypedCommand.of(command, resultType));
    }

    /**
     * Executes a typed command on the machine's owner; see {@link #execute(String, QmpCommand)}.
     *
     * @return null if the command has no result
     * @throws dev.qmp.error.ResultException if the result does not fit
     */
    <R extends @Nullable Object> R execute(String connection, TypedCommand<R> command);
}

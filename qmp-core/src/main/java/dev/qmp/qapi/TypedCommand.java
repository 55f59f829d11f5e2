package dev.qmp.qapi;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/**
 * A command with the type of its result. {@link dev.qmp.QmpClient#execute(TypedCommand)} executes it.
 *
 * <p>The commands of QEMU and of its guest agent are in {@link dev.qmp.qapi.command} and {@link
 * dev.qmp.qapi.agent.command}. For others, use {@link #of(QmpCommand, TypeReference)} or implement this interface:
 *
 * <pre>{@code
 * record Disk(String device, boolean removable) {}
 *
 * TypedCommand<List<Disk>> disks = TypedCommand.of(QmpCommand.of("query-block"), new TypeReference<>() {});
 * }</pre>
 *
 * @param <R> the type of the result; {@link Void} if the command has none
 */
public interface TypedCommand<R extends @Nullable Object> {

    /** {@return the untyped form of the command} */
    QmpCommand toCommand();

    /**
     * Converts the value of {@code return}. It is called where the caller's future completes: on the callback executor,
     * or on the thread of a blocking caller.
     *
     * @param result the value; treat it as read-only
     * @throws dev.qmp.error.MappingException if the value does not fit the type. The caller receives a {@link
     *     dev.qmp.error.ResultException}
     */
    R readResult(JsonNode result);

    /**
     * {@return a command whose result is a record or class of the application}
     *
     * @param resultType converted by the rules of {@link QmpJson}; members that the type does not have are ignored
     */
    static <T> TypedCommand<T> of(QmpCommand command, Class<T> resultType) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(resultType, "resultType");
        return of(command, (JsonNode result) -> QmpJson.fromTree(result, resultType));
    }

    /**
     * {@return a command whose result is of a generic type, such as a list of records}
     *
     * @param resultType converted by the rules of {@link QmpJson}; members that the type does not have are ignored
     */
    static <T> TypedCommand<T> of(QmpCommand command, TypeReference<T> resultType) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(resultType, "resultType");
        return of(command, (JsonNode result) -> QmpJson.fromTree(result, resultType));
    }

    /**
     * {@return a command whose result is converted by a function}
     *
     * @param reader see {@link #readResult(JsonNode)}
     */
    static <T> TypedCommand<T> of(QmpCommand command, Function<JsonNode, T> reader) {
        return new ReadBy<>(Objects.requireNonNull(command, "command"), Objects.requireNonNull(reader, "reader"));
    }
}

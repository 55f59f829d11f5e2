package dev.qmp.qapi;

import dev.qmp.message.QmpCommand;
import java.io.FileDescriptor;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The base class of the generated commands. Required arguments are parameters of {@code command(…)}, and each optional
 * one has a method {@code with…}. Immutable: every {@code with} method returns a new command.
 *
 * <p>{@code toString} contains only the command's name, because arguments may be secrets.
 *
 * @param <R> the type of the result; {@link Void} if the command has none
 * @param <S> the command's own type
 */
public abstract class QapiCommand<R extends @Nullable Object, S extends QapiCommand<R, S>> implements TypedCommand<R> {

    private final QmpCommand command;

    /** Creates a command from its untyped form. */
    protected QapiCommand(QmpCommand command) {
        this.command = command;
    }

    /** {@return a command of this type} */
    protected abstract S copy(QmpCommand command);

    @Override
    public final QmpCommand toCommand() {
        return command;
    }

    /** {@return the name, such as {@code query-status}} */
    public final String name() {
        return command.name();
    }

    /** {@return the arguments, null if there are none; treat them as read-only} */
    public final @Nullable JsonNode arguments() {
        return command.arguments();
    }

    /** {@return this command with an argument that has no method of its own, such as a property of a device} */
    public final S withArgument(String name, Object value) {
        Objects.requireNonNull(name, "name");
        return copy(command.withArgument(name, QapiWriter.tree(Objects.requireNonNull(value, name))));
    }

    /** {@return this command with its own deadline; see {@link QmpCommand#withTimeout}} */
    public final S withTimeout(Duration timeout) {
        return copy(command.withTimeout(timeout));
    }

    /** {@return this command with out-of-band execution; see {@link QmpCommand#outOfBand}} */
    public final S outOfBand() {
        return copy(command.outOfBand());
    }

    /** {@return this command with a file descriptor; see {@link QmpCommand#withFileDescriptor}} */
    public final S withFileDescriptor(FileDescriptor fileDescriptor) {
        return copy(command.withFileDescriptor(fileDescriptor));
    }

    /** {@return whether the other command has the same type and is sent in the same form} */
    @Override
    @SuppressWarnings("EqualsGetClass") // the types are siblings, and final
    public final boolean equals(@Nullable Object other) {
        return other != null && other.getClass() == getClass() && command.equals(((QapiCommand<?, ?>) other).command);
    }

    @Override
    public final int hashCode() {
        return command.hashCode();
    }

    @Override
    public final String toString() {
        return command.toString();
    }
}

package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Answers one command. Handlers of commands in band run one after the other, as QEMU's main loop runs them; those out
 * of band run beside them.
 */
@FunctionalInterface
public interface CommandHandler {

    /**
     * Answers the command; may block. It is interrupted when the server is reset or closed.
     *
     * @return the value of {@code return}; null is an empty object
     * @throws CommandRejection to answer with an error of a given class
     * @throws Exception anything else, errors such as a failed assertion included, is answered with {@code
     *     GenericError} and the exception's text
     */
    JsonNode handle(QmpCommand command) throws Exception;

    /** {@return a handler that answers always the same: a record, a map or a tree; null is an empty object} */
    static CommandHandler returning(@Nullable Object value) {
        JsonNode result = value == null ? QmpJson.object() : QmpJson.toTree(value);
        return command -> result;
    }

    /** {@return a handler that refuses the command with an error of a class, such as {@code DeviceNotFound}} */
    static CommandHandler rejecting(String errorClass, String description) {
        Objects.requireNonNull(errorClass, "errorClass");
        Objects.requireNonNull(description, "description");
        return command -> {
            throw new CommandRejection(errorClass, description);
        };
    }

    /**
     * {@return a handler that answers the first command as the first of the given ones, and so on; the last one stays}
     */
    static CommandHandler inTurn(CommandHandler first, CommandHandler... then) {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(then, "then");
        List<CommandHandler> rest = List.of(then);
        AtomicInteger calls = new AtomicInteger();
        return command -> {
            int call = calls.getAndUpdate(count -> Math.min(count + 1, rest.size()));
            return (call == 0 ? first : rest.get(call - 1)).handle(command);
        };
    }

    /**
     * {@return a handler that cuts the client's connection instead of answering, as a machine that dies at the command}
     */
    static CommandHandler hangingUp() {
        return command -> {
            throw new HangUp();
        };
    }

    /**
     * {@return a handler that never answers: it executes, and commands in band wait, until the server is reset or
     * closed}
     */
    static CommandHandler hanging() {
        return returning(null).after(new CountDownLatch(1));
    }

    /** {@return a handler that does the same, but not before a latch is open} */
    default CommandHandler after(CountDownLatch gate) {
        return command -> {
            gate.await();
            return handle(command);
        };
    }
}

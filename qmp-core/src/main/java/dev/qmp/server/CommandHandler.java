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
 * Answers one command. Handlers of commands in band run one after the other on one thread, as in QEMU's main loop.
 * Handlers of commands out of band run beside them on a second thread, also one after the other. Both are daemon
 * threads of the server.
 */
@FunctionalInterface
public interface CommandHandler {

    /**
     * Answers the command. It may block. The thread is interrupted when the server is reset or closed.
     *
     * @return the value of {@code return}; null stands for an empty object
     * @throws CommandRejection to answer with an error of a given class
     * @throws Exception is answered with {@code GenericError} and the exception's text. So is an error, such as a
     *     failed assertion
     */
    JsonNode handle(QmpCommand command) throws Exception;

    /**
     * {@return a handler that always returns the same value: a record, a map or a tree; null stands for an empty
     * object}
     */
    static CommandHandler returning(@Nullable Object value) {
        JsonNode result = value == null ? QmpJson.object() : QmpJson.toTree(value);
        return command -> result;
    }

    /** {@return a handler that rejects the command with an error of a class, such as {@code DeviceNotFound}} */
    static CommandHandler rejecting(String errorClass, String description) {
        Objects.requireNonNull(errorClass, "errorClass");
        Objects.requireNonNull(description, "description");
        return command -> {
            throw new CommandRejection(errorClass, description);
        };
    }

    /**
     * {@return a handler that answers the first command by the first of the given handlers, the second by the second,
     * and so on} The last handler answers all further commands.
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

    /** {@return a handler that closes the client's connection instead of answering, as if the machine crashed} */
    static CommandHandler hangingUp() {
        return command -> {
            throw new HangUp();
        };
    }

    /**
     * {@return a handler that never answers} Later commands in band wait behind it until the server is reset or closed.
     */
    static CommandHandler hanging() {
        return returning(null).after(new CountDownLatch(1));
    }

    /**
     * {@return a handler that executes the command as this one does, and sends no reply if that succeeds} A guest agent
     * does so when it shuts its guest down. The client receives nothing for this command, while later commands are
     * executed.
     */
    default CommandHandler withoutReply() {
        return command -> {
            handle(command);
            throw new NoReply();
        };
    }

    /** {@return a handler that waits for the latch and then calls this one} */
    default CommandHandler after(CountDownLatch gate) {
        return command -> {
            gate.await();
            return handle(command);
        };
    }
}

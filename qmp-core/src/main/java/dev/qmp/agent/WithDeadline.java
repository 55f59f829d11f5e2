package dev.qmp.agent;

import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.TypedCommand;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A command with the deadline of the agent, unless it has its own. */
final class WithDeadline<R extends @Nullable Object> implements TypedCommand<R> {

    private final TypedCommand<R> command;
    private final Duration timeout;

    WithDeadline(TypedCommand<R> command, Duration timeout) {
        this.command = command;
        this.timeout = timeout;
    }

    @Override
    public QmpCommand toCommand() {
        QmpCommand untyped = command.toCommand();
        return untyped.timeout() == null && !untyped.isWithoutReply() ? untyped.withTimeout(timeout) : untyped;
    }

    @Override
    public R readResult(JsonNode result) {
        return command.readResult(result);
    }
}

package dev.qmp.qapi;

import dev.qmp.message.QmpCommand;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** A typed command from a command and a reader. */
record ReadBy<T>(QmpCommand command, Function<JsonNode, T> reader) implements TypedCommand<T> {

    @Override
    public QmpCommand toCommand() {
        return command;
    }

    @Override
    public T readResult(JsonNode result) {
        return reader.apply(result);
    }

    /** {@return the command only} */
    @Override
    public String toString() {
        return "TypedCommand[" + command + "]";
    }
}

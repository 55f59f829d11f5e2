package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** A group of related commands of a machine. */
@FunctionalInterface
interface Feature {

    /** Adds the commands by their names. */
    void install(BiConsumer<String, CommandHandler> commands);

    /** {@return the arguments of a command, which the server has checked by the schema; an empty object for none} */
    static JsonNode arguments(QmpCommand command) {
        JsonNode given = command.arguments();
        return given == null ? QmpJson.object() : given;
    }
}

package dev.qmp.sample.machine.embedded;

import dev.qmp.server.CommandHandler;
import java.util.function.BiConsumer;

/** A group of related commands of a machine. */
@FunctionalInterface
interface Feature {

    /** Adds the commands by their names. */
    void install(BiConsumer<String, CommandHandler> commands);
}

package dev.qmp.sample.embedded;

import dev.qmp.server.CommandHandler;
import java.util.function.BiConsumer;

/** One thing a machine can do: a few commands that belong together. */
@FunctionalInterface
interface Feature {

    /** Adds the commands, each under its name. */
    void install(BiConsumer<String, CommandHandler> commands);
}

package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** Commands for pausing, resuming and power. Each event is sent before its command's reply. */
final class PowerCommands implements Feature {

    private final Guest guest;
    private final Runnable powerOff;

    PowerCommands(Guest guest, Runnable powerOff) {
        this.guest = guest;
        this.powerOff = powerOff;
    }

    @Override
    public void install(BiConsumer<String, CommandHandler> commands) {
        commands.accept("query-status", this::status);
        commands.accept("stop", command -> act(command, guest::pause));
        commands.accept("cont", command -> act(command, guest::resume));
        commands.accept("system_powerdown", command -> act(command, guest::pressPowerButton));
        commands.accept("system_reset", command -> act(command, guest::reset));
        commands.accept("quit", command -> act(command, this::quit));
    }

    private JsonNode status(QmpCommand command) throws CommandRejection {
        Arguments.of(command);
        boolean running = guest.isRunning();
        return QmpJson.toTree(new Status(running ? "running" : "paused", false, running));
    }

    private static JsonNode act(QmpCommand command, Runnable action) throws CommandRejection {
        Arguments.of(command);
        action.run();
        return QmpJson.object();
    }

    private void quit() {
        guest.shutDown();
        powerOff.run();
    }

    /**
     * The result of {@code query-status}.
     *
     * @param status the guest status
     * @param singlestep always false
     * @param running whether the processors execute
     */
    record Status(String status, boolean singlestep, boolean running) {}
}

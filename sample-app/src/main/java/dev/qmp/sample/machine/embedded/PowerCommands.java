package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
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
        commands.accept("query-status", command -> status());
        commands.accept("stop", act(guest::pause));
        commands.accept("cont", act(guest::resume));
        commands.accept("system_powerdown", act(guest::pressPowerButton));
        commands.accept("system_reset", act(guest::reset));
        commands.accept("quit", act(this::quit));
    }

    private JsonNode status() {
        boolean running = guest.isRunning();
        return QmpJson.toTree(new Status(running ? "running" : "paused", false, running));
    }

    private static CommandHandler act(Runnable action) {
        return command -> {
            action.run();
            return QmpJson.object();
        };
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

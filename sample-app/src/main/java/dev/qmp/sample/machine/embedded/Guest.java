package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;

/** The guest of a machine. While it is paused, its time stands still. */
final class Guest {

    private final String name;
    /** The same after each power-on, because clients refuse another machine at the same address. */
    private final UUID uuid;

    private final Consumer<QmpEvent> events;
    private long elapsedNanos;
    private long runningSince = System.nanoTime();
    private boolean running = true;
    private boolean powerButtonPressed;

    Guest(String name, Consumer<QmpEvent> events) {
        this.name = name;
        this.uuid = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
        this.events = events;
    }

    String name() {
        return name;
    }

    UUID uuid() {
        return uuid;
    }

    synchronized boolean isRunning() {
        return running;
    }

    /** {@return how long the guest has been running, without pauses} */
    synchronized Duration time() {
        return Duration.ofNanos(elapsedNanos + (running ? System.nanoTime() - runningSince : 0));
    }

    synchronized boolean isPowerButtonPressed() {
        return powerButtonPressed;
    }

    synchronized void pause() {
        if (running) {
            elapsedNanos += System.nanoTime() - runningSince;
            running = false;
            events.accept(QmpEvent.of("STOP"));
        }
    }

    synchronized void resume() {
        if (!running) {
            runningSince = System.nanoTime();
            running = true;
            events.accept(QmpEvent.of("RESUME"));
        }
    }

    /** As firmware without an operating system does, this guest ignores the request. */
    synchronized void pressPowerButton() {
        powerButtonPressed = true;
        events.accept(QmpEvent.of("POWERDOWN"));
    }

    synchronized void reset() {
        elapsedNanos = 0;
        runningSince = System.nanoTime();
        powerButtonPressed = false;
        events.accept(QmpEvent.of("RESET", QmpJson.toTree(new Cause(false, "host-qmp-system-reset"))));
    }

    synchronized void shutDown() {
        events.accept(QmpEvent.of("SHUTDOWN", QmpJson.toTree(new Cause(false, "host-qmp-quit"))));
    }

    /**
     * The cause of a reset or a shutdown.
     *
     * @param guest whether the guest itself caused it
     * @param reason QEMU's word for it
     */
    record Cause(boolean guest, String reason) {}
}

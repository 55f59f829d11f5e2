package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.sample.machine.Machine;
import dev.qmp.server.QmpServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A machine whose commands are handlers, grouped as {@link Feature}s. */
final class EmbeddedMachine implements Machine {

    private static final long LAST_WORDS_MILLIS = 50;

    private final String name;
    private final Path socket;
    private @Nullable QmpServer server;
    private @Nullable Heartbeat heartbeat;

    /** Creates a machine that is off. */
    EmbeddedMachine(String name, Path socket) {
        this.name = name;
        this.socket = socket;
    }

    @Override
    public synchronized void start() {
        if (server != null) {
            return;
        }
        AtomicReference<@Nullable QmpServer> monitor = new AtomicReference<>();
        Consumer<QmpEvent> events = event -> {
            QmpServer present = monitor.get();
            if (present != null) {
                present.emit(event);
            }
        };
        Heartbeat beats = new Heartbeat(name);
        Guest guest = new Guest(name, events);
        DiskCopies jobs = new DiskCopies(events);
        QmpServer.Builder builder =
                QmpServer.builder(Endpoint.unix(socket)).name(name).schema(RecordedCommands.SCHEMA);
        features(guest, jobs, () -> beats.once(LAST_WORDS_MILLIS, this::stop))
                .forEach(feature -> feature.install(builder::handler));
        QmpServer started =
                builder.start(); // started with all its commands, because a waiting client sends the first ones at once
        monitor.set(started);
        beats.every(200, jobs::advance);
        beats.every(TimeUnit.SECONDS.toMillis(60), jobs::startRoutineCopy);
        server = started;
        heartbeat = beats;
    }

    static List<Feature> features(Guest guest, DiskCopies jobs, Runnable powerOff) {
        return List.of(
                new RecordedCommands(),
                new IdentityCommands(guest),
                new PowerCommands(guest, powerOff),
                new ScreenCommands(new ScreenPainter(guest)),
                new CopyCommands(jobs));
    }

    @Override
    public synchronized void stop() {
        if (heartbeat != null) {
            heartbeat.close();
            heartbeat = null;
        }
        if (server != null) {
            server.close();
            server = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return server != null;
    }
}

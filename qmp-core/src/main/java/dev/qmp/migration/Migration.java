package dev.qmp.migration;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpGreeting;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.Getfd;
import dev.qmp.qapi.command.Migrate;
import dev.qmp.qapi.command.MigrateIncoming;
import dev.qmp.qapi.command.MigrateSetCapabilities;
import dev.qmp.qapi.command.MigrateSetParameters;
import dev.qmp.qapi.type.MigrationCapability;
import dev.qmp.qapi.type.MigrationCapabilityStatus;
import dev.qmp.task.TaskSource;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Migration of one machine, with its options. Immutable; it holds nothing of the machine.
 *
 * <p>It works with QEMU 5.2 and later. The interval of the progress is one second, and the client may take one minute
 * to connect again, unless set otherwise. The capability {@code events} is switched on, and {@code postcopy-ram} off.
 */
public final class Migration {

    /** QEMU keeps capabilities, so post-copy of an earlier migration is switched off again. */
    private static final Map<MigrationCapability, Boolean> DEFAULTS =
            Map.of(MigrationCapability.EVENTS, true, MigrationCapability.POSTCOPY_RAM, false);

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final QmpClient client;
    private final Map<MigrationCapability, Boolean> capabilities;
    private final @Nullable MigrateSetParameters parameters;
    private final Duration interval;
    private final Duration patience;

    private Migration(
            QmpClient client,
            Map<MigrationCapability, Boolean> capabilities,
            @Nullable MigrateSetParameters parameters,
            Duration interval,
            Duration patience) {
        this.client = client;
        this.capabilities = capabilities;
        this.parameters = parameters;
        this.interval = interval;
        this.patience = patience;
    }

    /** {@return the migration of a machine, without options} */
    public static Migration of(QmpClient client) {
        Objects.requireNonNull(client, "client");
        return new Migration(client, DEFAULTS, null, INTERVAL, PATIENCE);
    }

    private Migration forDestination(QmpClient destination) {
        return new Migration(destination, capabilities, parameters, interval, patience);
    }

    /**
     * {@return the same with a capability switched on or off} QEMU keeps capabilities after a migration. Those that are
     * not named stay as they are.
     */
    public Migration withCapability(MigrationCapability capability, boolean state) {
        Objects.requireNonNull(capability, "capability");
        Map<MigrationCapability, Boolean> more = new LinkedHashMap<>(capabilities);
        more.put(capability, state);
        return new Migration(client, more, parameters, interval, patience);
    }

    /** {@return the same with post-copy allowed} {@link MigrationTask#startPostcopy()} begins it. */
    public Migration withPostcopy() {
        return withCapability(MigrationCapability.POSTCOPY_RAM, true);
    }

    /** {@return the same with parameters, such as a bandwidth or a number of channels} They are set on both sides. */
    public Migration withParameters(MigrateSetParameters parameters) {
        Objects.requireNonNull(parameters, "parameters");
        return new Migration(client, capabilities, parameters, interval, patience);
    }

    /**
     * {@return the same with another interval at which the progress is asked for}
     *
     * @throws IllegalArgumentException if the interval is not positive
     */
    public Migration withProgressInterval(Duration interval) {
        return new Migration(client, capabilities, parameters, requirePositive(interval, "interval"), patience);
    }

    /**
     * {@return the same with another time that the client may take to connect again} A migration is followed over a
     * reconnect within this time. After it {@link dev.qmp.task.TaskOutcomeUnknownException} is its outcome.
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Migration withReconnectLimit(Duration limit) {
        return new Migration(client, capabilities, parameters, interval, requirePositive(limit, "limit"));
    }

    private static Duration requirePositive(Duration duration, String name) {
        Objects.requireNonNull(duration, name);
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException(name + " must be positive, not " + duration);
        }
        return duration;
    }

    private static void requireText(String uri, String name) {
        Objects.requireNonNull(uri, name);
        if (uri.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
    }

    // ------------------------------------------------------------------ live

    /**
     * Migrates this machine to another one that was started with {@code -incoming defer}: sets the options on both, has
     * the destination listen, migrates, and waits until both sides have completed.
     *
     * @param uri where the destination listens and this machine connects, such as {@code unix:/run/vm1.migration}
     * @return the task of this machine; it succeeds when the destination has completed, too
     * @throws IllegalArgumentException if the uri is blank
     */
    public MigrationTask to(QmpClient destination, String uri) {
        return to(destination, uri, uri);
    }

    /**
     * The same where the destination listens under another name, such as {@code tcp:0.0.0.0:4444} for {@code
     * tcp:host2:4444}.
     *
     * @param listenUri where the destination listens
     * @param uri where this machine connects
     */
    public MigrationTask to(QmpClient destination, String listenUri, String uri) {
        Objects.requireNonNull(destination, "destination");
        requireText(listenUri, "listenUri");
        requireText(uri, "uri");
        MigrationTask incoming = forDestination(destination).receive(listenUri);
        MigrationTask outgoing = task("migration of " + client.name() + " to " + destination.name(), true);
        outgoing.completeWith(incoming);
        incoming.listening().whenComplete((ignored, failure) -> {
            if (failure != null) {
                outgoing.fail(TaskSource.unwrap(failure));
            } else {
                start(outgoing, Migrate.command().withUri(uri));
            }
        });
        return outgoing;
    }

    /**
     * Migrates this machine to a destination that listens already. The task knows of this side alone: check the guest's
     * status on the destination before this machine is stopped.
     *
     * @param uri as QEMU's {@code migrate} takes it
     * @throws IllegalArgumentException if the uri is blank
     */
    public MigrationTask send(String uri) {
        requireText(uri, "uri");
        return start(
                task("migration of " + client.name(), true), Migrate.command().withUri(uri));
    }

    /**
     * Has this machine, started with {@code -incoming defer}, wait for a guest and take it in.
     *
     * <p>The incoming side cannot cancel. When it fails, QEMU before 9.1 ends; the outcome is then {@link
     * dev.qmp.task.TaskOutcomeUnknownException}. Later versions live on and report the error.
     *
     * @param uri where to listen, as QEMU's {@code migrate-incoming} takes it
     * @throws IllegalArgumentException if the uri is blank
     */
    public MigrationTask receive(String uri) {
        requireText(uri, "uri");
        return start(task("migration into " + client.name(), false), incoming(uri));
    }

    /**
     * Follows a migration of this machine that was started before, by an earlier session or run of the application. One
     * that has ended has its outcome at once.
     *
     * @return its outcome is {@link dev.qmp.task.TaskOutcomeUnknownException} if the machine knows of no migration
     */
    public MigrationTask follow() {
        MigrationTask task = task("migration of " + client.name(), true);
        task.follow();
        return task;
    }

    // ------------------------------------------------------------------ file

    /**
     * Writes the machine's state to a file, which is replaced if it exists. The guest is paused at the end.
     *
     * <p>QEMU 8.2 and later opens the file by itself. For earlier versions this process opens it, and hands it over.
     * That needs a Unix socket, and a client that was built with {@code fileDescriptors(true)}.
     *
     * @throws UncheckedIOException if this process cannot open the file
     */
    public MigrationTask toFile(Path file) {
        Objects.requireNonNull(file, "file");
        MigrationTask task = task("migration of " + client.name() + " to a file", true);
        if (opensFiles()) {
            return start(task, Migrate.command().withUri("file:" + file.toAbsolutePath()));
        }
        try {
            FileOutputStream stream = new FileOutputStream(file.toFile());
            String name = handOver(task, stream.getFD(), stream);
            return start(task, Migrate.command().withUri("fd:" + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads the machine's state from a file that {@link #toFile} has written, into a machine that was started with
     * {@code -incoming defer}. The guest runs on if it ran before.
     *
     * @throws UncheckedIOException if this process cannot open the file
     */
    public MigrationTask fromFile(Path file) {
        Objects.requireNonNull(file, "file");
        MigrationTask task = task("migration into " + client.name() + " from a file", false);
        if (opensFiles()) {
            return start(task, incoming("file:" + file.toAbsolutePath()));
        }
        try {
            FileInputStream stream = new FileInputStream(file.toFile());
            String name = handOver(task, stream.getFD(), stream);
            return start(task, incoming("fd:" + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * {@return the name under which the machine knows the file} The command is sent before those that are sent later.
     */
    private String handOver(MigrationTask task, FileDescriptor descriptor, Closeable stream) {
        String name = "qmp-migration-" + UUID.randomUUID();
        client.execute(Getfd.command(name).withFileDescriptor(descriptor)).whenComplete((ignored, failure) -> {
            try {
                stream.close();
            } catch (IOException e) {
                task.fail(new UncheckedIOException(e));
            }
            if (failure != null) {
                task.fail(TaskSource.unwrap(failure));
            }
        });
        return name;
    }

    private boolean opensFiles() {
        return isAtLeast(8, 2);
    }

    private boolean isAtLeast(int major, int minor) {
        QmpGreeting greeting = client.status().greeting();
        return greeting != null && greeting.version().isAtLeast(major, minor);
    }

    // ------------------------------------------------------------------ start

    private MigrationTask task(String name, boolean outgoing) {
        return new MigrationTask(client, name, outgoing, interval, patience);
    }

    private TypedCommand<?> incoming(String uri) {
        MigrateIncoming command = MigrateIncoming.command().withUri(uri);
        return isAtLeast(9, 1) ? command.withExitOnError(false) : command;
    }

    /** The commands are sent one after the other; the first that fails is the task's failure. */
    private MigrationTask start(MigrationTask task, TypedCommand<?> command) {
        List<MigrationCapabilityStatus> states = new ArrayList<>();
        capabilities.forEach((capability, state) -> states.add(MigrationCapabilityStatus.of(capability, state)));
        task.listen();
        client.execute(MigrateSetCapabilities.command(states))
                .thenCompose(ignored ->
                        parameters == null ? CompletableFuture.completedFuture(null) : client.execute(parameters))
                .thenCompose(ignored ->
                        task.isDone() ? CompletableFuture.completedFuture(null) : client.execute(command.toCommand()))
                .whenComplete((ignored, failure) -> {
                    if (failure != null) {
                        task.fail(TaskSource.unwrap(failure));
                    } else {
                        task.begin();
                    }
                });
        return task;
    }
}

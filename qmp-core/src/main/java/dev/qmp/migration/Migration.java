package dev.qmp.migration;

import dev.qmp.QmpClient;
import dev.qmp.error.Checks;
import dev.qmp.error.NotSentException;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.Migrate;
import dev.qmp.qapi.command.MigrateIncoming;
import dev.qmp.qapi.command.MigrateSetCapabilities;
import dev.qmp.qapi.command.MigrateSetParameters;
import dev.qmp.qapi.type.MigrationCapability;
import dev.qmp.qapi.type.MigrationCapabilityStatus;
import dev.qmp.task.TaskSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The migration of one machine, with its options. Immutable; it holds no state of the machine.
 *
 * <p>It works with QEMU 5.2 and later. By default, the interval of the progress is one second, and the client may take
 * one minute to reconnect. The capability {@code events} is switched on, and {@code postcopy-ram} off.
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
     * {@return a copy with a capability switched on or off} QEMU keeps capabilities after a migration. Capabilities
     * without a setting stay as they are.
     */
    public Migration withCapability(MigrationCapability capability, boolean state) {
        Objects.requireNonNull(capability, "capability");
        Map<MigrationCapability, Boolean> more = new LinkedHashMap<>(capabilities);
        more.put(capability, state);
        return new Migration(client, more, parameters, interval, patience);
    }

    /** {@return a copy that allows post-copy} {@link MigrationTask#startPostcopy()} begins it. */
    public Migration withPostcopy() {
        return withCapability(MigrationCapability.POSTCOPY_RAM, true);
    }

    /** {@return a copy with parameters, such as a bandwidth or a number of channels} They are set on both sides. */
    public Migration withParameters(MigrateSetParameters parameters) {
        Objects.requireNonNull(parameters, "parameters");
        return new Migration(client, capabilities, parameters, interval, patience);
    }

    /**
     * {@return a copy with another interval between two queries of the progress}
     *
     * @throws IllegalArgumentException if the interval is not positive
     */
    public Migration withProgressInterval(Duration interval) {
        return new Migration(client, capabilities, parameters, Checks.positive("interval", interval), patience);
    }

    /**
     * {@return a copy with another time limit for a reconnect of the client} A migration is followed over a reconnect
     * within this time. After it, the outcome is {@link dev.qmp.task.TaskOutcomeUnknownException}.
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public Migration withReconnectLimit(Duration limit) {
        return new Migration(client, capabilities, parameters, interval, Checks.positive("limit", limit));
    }

    static void requireText(String uri, String name) {
        Objects.requireNonNull(uri, name);
        if (uri.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
    }

    // ------------------------------------------------------------------ live

    /**
     * Migrates this machine to another one that was started with {@code -incoming defer}. The method sets the options
     * on both machines, makes the destination listen, migrates, and waits until both sides have completed.
     *
     * @param uri the address on which the destination listens and to which this machine connects, such as {@code
     *     unix:/run/vm1.migration}
     * @return the task of this machine; it succeeds when the destination has completed, too
     * @throws IllegalArgumentException if the uri is blank
     */
    public MigrationTask to(QmpClient destination, String uri) {
        return to(destination, uri, uri);
    }

    /**
     * Migrates this machine as {@link #to(QmpClient, String)} does, to a destination that listens under another name,
     * such as {@code tcp:0.0.0.0:4444} for {@code tcp:host2:4444}.
     *
     * @param listenUri the address on which the destination listens
     * @param uri the address to which this machine connects
     * @return the task of this machine
     * @throws IllegalArgumentException if one of the uris is blank
     */
    public MigrationTask to(QmpClient destination, String listenUri, String uri) {
        Objects.requireNonNull(destination, "destination");
        requireText(listenUri, "listenUri");
        requireText(uri, "uri");
        MigrationTask incoming = forDestination(destination).incomingTask();
        MigrationTask outgoing = task("migration of " + client.name() + " to " + destination.name(), true);
        outgoing.completeWith(incoming);
        // QEMU accepts migrate-incoming once in a process, so the source's refusal of an option comes before it
        CompletableFuture<?> options = setOptions();
        options.whenComplete((ignored, failure) -> {
            if (failure != null) {
                outgoing.fail(TaskSource.unwrap(failure));
            } else if (!outgoing.isDone()) {
                forDestination(destination).receive(incoming, listenUri);
            }
        });
        incoming.listening().whenComplete((ignored, failure) -> {
            if (failure != null) {
                outgoing.fail(TaskSource.unwrap(failure));
            } else {
                start(outgoing, options, Migrate.command().withUri(uri), null);
            }
        });
        return outgoing;
    }

    /**
     * Migrates this machine to a destination that listens already. The task knows only this side: check the guest's
     * status on the destination before you stop this machine.
     *
     * @param uri in the form of QEMU's {@code migrate}
     * @throws IllegalArgumentException if the uri is blank
     */
    public MigrationTask send(String uri) {
        requireText(uri, "uri");
        return start(
                task("migration of " + client.name(), true), Migrate.command().withUri(uri));
    }

    /**
     * Makes this machine, started with {@code -incoming defer}, wait for a guest and receive it.
     *
     * <p>The incoming side cannot cancel. If it fails, QEMU before 9.1 exits; the outcome is then {@link
     * dev.qmp.task.TaskOutcomeUnknownException}. Later versions continue to run and report the error.
     *
     * @param uri the address to listen on, in the form of QEMU's {@code migrate-incoming}
     * @throws IllegalArgumentException if the uri is blank
     */
    public MigrationTask receive(String uri) {
        requireText(uri, "uri");
        return receive(incomingTask(), uri);
    }

    private MigrationTask incomingTask() {
        return task("migration into " + client.name(), false);
    }

    private MigrationTask receive(MigrationTask task, String uri) {
        return start(task, incoming(uri));
    }

    /**
     * Follows a migration out of this machine that an earlier session or run of the application has started. If it has
     * ended, the task has its outcome at once. QEMU reports only the last migration, an incoming one included. So one
     * that has completed before counts only while the guest's status is {@code postmigrate}.
     *
     * @return its outcome is {@link dev.qmp.task.TaskOutcomeUnknownException} if the machine reports no migration, or
     *     one that may be another
     */
    public MigrationTask follow() {
        MigrationTask task = task("migration of " + client.name(), true);
        task.follow();
        return task;
    }

    // ------------------------------------------------------------------ file

    /**
     * Writes the machine's state to a file, which is replaced if it exists. The guest is paused at the end. The file
     * contains the guest's memory.
     *
     * <p>QEMU 8.2 and later opens the file itself, with mode 0660 less its umask. For earlier versions this process
     * creates a file in the same directory, with mode 0600, and passes its descriptor. That needs a Unix socket, and a
     * client that was built with {@code fileDescriptors(true)}. The new file gets the name when QEMU has accepted the
     * migration, so a refused one leaves an older file as it is. A device is opened instead of replaced. Without any
     * session so far, QEMU's version is unknown, and the task fails with {@link NotSentException}.
     *
     * @throws UncheckedIOException if this process cannot open the file
     */
    public MigrationTask toFile(Path file) {
        Objects.requireNonNull(file, "file");
        MigrationTask task = task("migration of " + client.name() + " to a file", true);
        if (opensFiles()) {
            return start(task, Migrate.command().withUri("file:" + file.toAbsolutePath()));
        }
        return start(
                task, PassedFile::forWriting, file, uri -> Migrate.command().withUri(uri));
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
        return start(task, PassedFile::forReading, file, this::incoming);
    }

    /** Opens a file for a migration. */
    @FunctionalInterface
    private interface Opening {
        PassedFile open(QmpClient client, Path file) throws IOException;
    }

    /** Starts a migration with a file that this process opens. */
    private MigrationTask start(
            MigrationTask task, Opening opening, Path file, Function<String, TypedCommand<?>> command) {
        if (client.status().greeting() == null && client.runstate() != Runstate.RUNNING) {
            task.fail(new NotSentException(
                    command.apply("").toCommand().name(),
                    NotSentException.Reason.NOT_CONNECTED,
                    "there was no session yet, and QEMU's version decides which process opens the file",
                    null));
            return task;
        }
        PassedFile passed;
        try {
            passed = open(opening, file);
        } catch (Throwable e) {
            task.fail(e); // for the observers
            throw e;
        }
        return start(task, setOptions(), command.apply(passed.uri()), passed);
    }

    private PassedFile open(Opening opening, Path file) {
        try {
            return opening.open(client, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    private MigrationTask start(MigrationTask task, TypedCommand<?> command) {
        return start(task, setOptions(), command, null);
    }

    private CompletableFuture<?> setOptions() {
        List<MigrationCapabilityStatus> states = new ArrayList<>();
        capabilities.forEach((capability, state) -> states.add(MigrationCapabilityStatus.of(capability, state)));
        return client.execute(MigrateSetCapabilities.command(states))
                .thenCompose(ignored ->
                        parameters == null ? CompletableFuture.completedFuture(null) : client.execute(parameters));
    }

    /**
     * The commands are sent one after the other; the first that fails is the task's failure.
     *
     * @param options completes when the options are set
     * @param file the file that the last command uses; null if QEMU needs none of this process
     */
    private MigrationTask start(
            MigrationTask task, CompletableFuture<?> options, TypedCommand<?> last, @Nullable PassedFile file) {
        task.listen();
        options.thenCompose(ignored -> file == null ? CompletableFuture.completedFuture(null) : file.passed())
                .thenCompose(ignored -> begin(task, last, file))
                .whenComplete((ignored, failure) -> {
                    if (failure == null) {
                        task.begin();
                        return;
                    }
                    if (file != null) {
                        file.release();
                    }
                    task.fail(TaskSource.unwrap(failure));
                });
        return task;
    }

    private static CompletableFuture<?> begin(MigrationTask task, TypedCommand<?> command, @Nullable PassedFile file) {
        CompletableFuture<?> reply = task.execute(command.toCommand());
        return file == null ? reply : file.replaceAfter(reply, task.name());
    }
}

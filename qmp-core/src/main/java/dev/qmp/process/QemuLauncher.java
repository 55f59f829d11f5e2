package dev.qmp.process;

import dev.qmp.QmpClientBuilder;
import dev.qmp.error.Checks;
import dev.qmp.error.QmpException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts QEMU processes, each with a monitor and a connected client. Immutable: a launcher may start any number of
 * machines, from any thread.
 *
 * <pre>{@code
 * QemuLauncher launcher = QemuLauncher.of("qemu-system-x86_64", "-machine", "q35", "-m", "512", "-display", "none");
 * try (QemuProcess machine = launcher.withName("vm1").startAndWait()) {
 *     machine.client().blocking().execute("query-status");
 * }
 * }</pre>
 *
 * <p>A launcher adds its monitor to the command line: a Unix socket in a new directory that only the user of this JVM
 * can enter. The directory is removed when the process has ended. The id {@code qmp-process} is used for the monitor.
 *
 * <p>A process never outlives its owner. It is ended when its start fails, times out or is cancelled, when its client
 * is closed, and when the JVM exits, at once or after a grace ({@link #withJvmShutdownGrace}). If the JVM is killed
 * ({@code SIGKILL}) or crashes, the kernel kills its machines too, and the directory remains. This needs Linux and the
 * program {@code setpriv} of util-linux.
 */
public final class QemuLauncher {

    private static final Duration DEFAULT_START_TIMEOUT = Duration.ofSeconds(30);
    /** The time limit for the end of a killed process. */
    private static final Duration END_LIMIT = Duration.ofSeconds(20);

    private final String program;
    private final List<String> arguments;
    private final @Nullable String name;
    private final @Nullable Path directory;
    private final Duration startTimeout;
    private final Duration jvmShutdownGrace;
    private final Consumer<QmpClientBuilder> clientOptions;

    private QemuLauncher(
            String program,
            List<String> arguments,
            @Nullable String name,
            @Nullable Path directory,
            Duration startTimeout,
            Duration jvmShutdownGrace,
            Consumer<QmpClientBuilder> clientOptions) {
        this.program = program;
        this.arguments = arguments;
        this.name = name;
        this.directory = directory;
        this.startTimeout = startTimeout;
        this.jvmShutdownGrace = jvmShutdownGrace;
        this.clientOptions = clientOptions;
    }

    /**
     * {@return a launcher of a program}
     *
     * @param program a path, or a name that is looked up in {@code PATH} at each start
     * @param arguments the command line without a monitor, one option or value each; no shell reads it
     * @throws IllegalArgumentException if the program is blank, or an argument is {@code -daemonize}, because such a
     *     process leaves its owner
     */
    public static QemuLauncher of(String program, String... arguments) {
        Objects.requireNonNull(program, "program");
        Objects.requireNonNull(arguments, "arguments");
        if (program.isBlank()) {
            throw new IllegalArgumentException("program must not be blank");
        }
        QemuLauncher launcher =
                new QemuLauncher(program, List.of(), null, null, DEFAULT_START_TIMEOUT, Duration.ZERO, builder -> {});
        return launcher.withArguments(Arrays.asList(arguments));
    }

    /**
     * {@return a launcher with more arguments at the end of the command line}
     *
     * @throws IllegalArgumentException if one is {@code -daemonize}
     */
    public QemuLauncher withArguments(String... arguments) {
        Objects.requireNonNull(arguments, "arguments");
        return withArguments(Arrays.asList(arguments));
    }

    /** {@return a launcher with more arguments; see {@link #withArguments(String...)}} */
    public QemuLauncher withArguments(List<String> arguments) {
        Objects.requireNonNull(arguments, "arguments");
        List<String> all = new ArrayList<>(this.arguments);
        for (String argument : arguments) {
            Objects.requireNonNull(argument, "arguments");
            if (argument.equals("-daemonize") || argument.equals("--daemonize")) {
                throw new IllegalArgumentException(
                        "arguments must not contain " + argument + ": the process would leave its owner");
            }
            all.add(argument);
        }
        return new QemuLauncher(
                program, List.copyOf(all), name, directory, startTimeout, jvmShutdownGrace, clientOptions);
    }

    /**
     * {@return a launcher whose clients have this name; default: {@code qmp-1} and so on} It is not QEMU's {@code
     * -name}.
     *
     * @throws IllegalArgumentException if the name is blank
     */
    public QemuLauncher withName(String name) {
        Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        return new QemuLauncher(program, arguments, name, directory, startTimeout, jvmShutdownGrace, clientOptions);
    }

    /**
     * {@return a launcher that creates the private directories in this one} Default: the system's directory for
     * temporary files. The path may have about 75 bytes, because the path of a Unix socket has 106 at most. With a
     * longer path, the start fails.
     */
    public QemuLauncher withDirectory(Path directory) {
        Objects.requireNonNull(directory, "directory");
        return new QemuLauncher(program, arguments, name, directory, startTimeout, jvmShutdownGrace, clientOptions);
    }

    /**
     * {@return a launcher with another limit for the whole start, from the call to the session; default: 30 s}
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public QemuLauncher withStartTimeout(Duration timeout) {
        return new QemuLauncher(
                program,
                arguments,
                name,
                directory,
                Checks.positive("timeout", timeout),
                jvmShutdownGrace,
                clientOptions);
    }

    /**
     * {@return a launcher whose machines have this time to end after the JVM has begun to shut down; default: none} The
     * JVM runs all shutdown hooks at the same time. Without a grace, the hook of this library terminates a machine at
     * once, before another hook can power its guest down.
     *
     * <p>With a grace, the application ends the machine, by {@link dev.qmp.power.Power} or {@link QemuProcess#stop()},
     * in a shutdown hook or when its framework closes. The hook of this library waits for that. A machine that still
     * runs at the end of the grace receives {@code SIGTERM}, and {@code SIGKILL} 3 s later. So if the application does
     * not end its machines, the exit of the JVM takes the whole grace.
     *
     * <p>On Linux, such a machine runs in a session of its own, because Ctrl-C in a terminal would end it together with
     * the JVM. This needs the program {@code setsid} of util-linux.
     *
     * @param grace counts from the start of the JVM's shutdown, for all machines at the same time; zero for none
     * @throws IllegalArgumentException if it is negative
     */
    public QemuLauncher withJvmShutdownGrace(Duration grace) {
        return new QemuLauncher(
                program,
                arguments,
                name,
                directory,
                startTimeout,
                Checks.positiveOrZero("grace", grace),
                clientOptions);
    }

    /**
     * {@return a launcher whose clients have more options}
     *
     * @param options called in each start, on the caller's thread; must not set the mode
     */
    public QemuLauncher withClient(Consumer<QmpClientBuilder> options) {
        Objects.requireNonNull(options, "options");
        return new QemuLauncher(
                program, arguments, name, directory, startTimeout, jvmShutdownGrace, clientOptions.andThen(options));
    }

    /**
     * {@return whether the program exists now: an executable file at its path, or of its name in {@code PATH}} A start
     * without it fails with {@link QemuStartException.Reason#NOT_EXECUTED}.
     */
    public boolean isInstalled() {
        return Programs.find(program).isPresent();
    }

    /**
     * Starts a QEMU and waits for its session or its end, whichever comes first. Returns at once.
     *
     * @return the machine, with its client in {@code RUNNING}. Fails with {@link QemuStartException}, after the process
     *     has ended and its directory is removed. Cancelling the future, or completing it otherwise, kills the process.
     *     Completes on the client's callback executor
     */
    public CompletableFuture<QemuProcess> start() {
        return new Startup(this, ProcessStarter.INSTANCE).begin();
    }

    /**
     * Starts a QEMU as {@link #start()} does, and waits for it.
     *
     * @return the machine, with its client in {@code RUNNING}
     * @throws QemuStartException if there is no session; also if the thread is interrupted, which kills the process and
     *     leaves the thread interrupted
     * @throws IllegalStateException on an event loop, where waiting would stall connections
     */
    public QemuProcess startAndWait() {
        EventLoopWaits.refuse("start()");
        return await(start());
    }

    QemuProcess await(CompletableFuture<QemuProcess> started) {
        try {
            return started.get(startTimeout.plus(END_LIMIT).toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            abandon(started);
            throw new QemuStartException(
                    QemuStartException.Reason.TIMED_OUT,
                    program + " was not started: its client's callback executor is blocked, perhaps by this wait",
                    null,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            abandon(started);
            throw new QemuStartException(
                    QemuStartException.Reason.INTERRUPTED, program + " was not started: interrupted", null, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof QmpException failure) {
                throw failure;
            }
            throw new QemuProcessException(program + " was not started", e.getCause());
        }
    }

    /** Cancels a start. If it has succeeded just before, nothing else would end the process. */
    private static void abandon(CompletableFuture<QemuProcess> started) {
        if (!started.cancel(false)) {
            started.thenAccept(QemuProcess::kill);
        }
    }

    String program() {
        return program;
    }

    List<String> arguments() {
        return arguments;
    }

    @Nullable
    Path directory() {
        return directory;
    }

    Duration startTimeout() {
        return startTimeout;
    }

    Duration jvmShutdownGrace() {
        return jvmShutdownGrace;
    }

    void applyTo(QmpClientBuilder builder) {
        if (name != null) {
            builder.name(name);
        }
        clientOptions.accept(builder);
    }

    /** {@return the program, and no argument, because an argument may be a secret} */
    @Override
    public String toString() {
        return "QemuLauncher[" + program + ", " + arguments.size() + " arguments]";
    }
}

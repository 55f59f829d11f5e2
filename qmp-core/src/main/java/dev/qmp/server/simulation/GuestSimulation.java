package dev.qmp.server.simulation;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Simulates a guest behind a {@link QmpServer} that plays a guest agent: programs, files, frozen file systems, and
 * requests to shut down or suspend. Replies and errors are those of {@code qemu-ga} 7.2 on Linux.
 *
 * <pre>{@code
 * QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
 * GuestSimulation guest = GuestSimulation.on(server);
 * guest.program("/usr/bin/pg_dump", ProgramEnd.exit(1).withErrors("no such database"));
 * guest.putFile("/etc/hostname", "vm1\n");
 * guest.loseReply("guest-fsfreeze-freeze");
 * }</pre>
 *
 * <p>The guest has the programs of the test, and {@code kill}, by which a client cancels a program. It has no folders:
 * a file can be created under any path. While the file systems are frozen, the commands of this class are rejected as
 * an agent rejects them. Handlers that the test adds itself are not. {@link QmpServer#reset()} removes the handlers, so
 * create the simulation again then.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class GuestSimulation {

    private static final CommandHandler UNANSWERED =
            CommandHandler.returning(null).withoutReply();
    private static final Set<String> SHUTDOWN_MODES = Set.of("halt", "powerdown", "reboot");

    private final QmpServer server;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final SimulatedPrograms programs = new SimulatedPrograms();
    private final SimulatedFiles files = new SimulatedFiles();
    private final List<String> powerRequests = new ArrayList<>();
    /** By command, how many replies are still to be lost. */
    private final Map<String, Integer> lostReplies = new HashMap<>();

    private boolean frozen;

    private GuestSimulation(QmpServer server) {
        this.server = server;
    }

    /**
     * {@return a simulation whose commands the server handles from now on}
     *
     * @throws IllegalArgumentException if the server does not play a guest agent
     */
    public static GuestSimulation on(QmpServer server) {
        Objects.requireNonNull(server, "server");
        if (!server.isGuestAgent()) {
            throw new IllegalArgumentException(
                    "the server plays a monitor; build it by QmpServer.builder(…).guestAgent()");
        }
        GuestSimulation simulation = new GuestSimulation(server);
        simulation.install();
        return simulation;
    }

    private void install() {
        handle("guest-exec", arguments -> {
            JsonNode started = programs.exec(arguments);
            changed.signalAll();
            return started;
        });
        handle("guest-exec-status", programs::status);
        handle("guest-file-open", files::open);
        handle("guest-file-close", files::close);
        handle("guest-file-read", files::read);
        handle("guest-file-write", files::write);
        handle("guest-file-seek", files::seek);
        handle("guest-file-flush", files::flush);
        handle("guest-fsfreeze-freeze", arguments -> freeze());
        handle("guest-fsfreeze-freeze-list", arguments -> freeze());
        handleAlways("guest-fsfreeze-status", arguments -> QmpJson.toTree(frozen ? "frozen" : "thawed"));
        handleAlways("guest-fsfreeze-thaw", arguments -> QmpJson.toTree(thawNow()));
        handle("guest-get-osinfo", arguments -> QmpJson.object()
                .put("id", "debian")
                .put("name", "Debian GNU/Linux")
                .put("kernel-release", "6.1.0"));
        handle("guest-get-host-name", arguments -> QmpJson.object().put("host-name", "guest"));
        handlePower("guest-shutdown", GuestSimulation::shutdownMode);
        for (String kind : List.of("disk", "ram", "hybrid")) {
            handlePower("guest-suspend-" + kind, arguments -> "suspend-" + kind);
        }
    }

    // ------------------------------------------------------------------ programs

    /** Installs a program that ends at once when it is started. */
    public void program(String path, ProgramEnd end) {
        Objects.requireNonNull(end, "end");
        program(path, started -> end);
    }

    /**
     * Installs a program that ends at once when it is started.
     *
     * @param end makes the end, from arguments and input for example. Called under the simulation's lock: it must not
     *     wait
     */
    public void program(String path, Function<StartedProgram, ProgramEnd> end) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(end, "end");
        locked(() -> {
            programs.install(path, started -> Objects.requireNonNull(end.apply(started), "end"));
            return path;
        });
    }

    /** Installs a program that runs until {@link #end} ends it, or the client does. */
    public void longProgram(String path) {
        Objects.requireNonNull(path, "path");
        locked(() -> {
            programs.install(path, started -> null);
            return path;
        });
    }

    /**
     * Ends a program that runs.
     *
     * @throws IllegalArgumentException if no program with this pid runs
     */
    public void end(long pid, ProgramEnd end) {
        Objects.requireNonNull(end, "end");
        locked(() -> {
            programs.end(pid, end);
            return pid;
        });
    }

    /** {@return the programs started so far, in order} */
    public List<StartedProgram> programs() {
        return locked(programs::started);
    }

    /**
     * Waits until a program has been started.
     *
     * @return its last start
     * @throws TimeoutException if it was not started in time
     * @throws InterruptedException if the thread is interrupted
     */
    public StartedProgram awaitProgram(String path, Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(path, "path");
        return await("no start of '" + Text.printable(path) + "'", timeout, () -> programs.lastStarted(path));
    }

    // ------------------------------------------------------------------ files

    /** Creates or replaces a file. */
    public void putFile(String path, byte[] content) {
        Objects.requireNonNull(path, "path");
        byte[] copy = Objects.requireNonNull(content, "content").clone();
        locked(() -> {
            files.put(path, copy);
            return path;
        });
    }

    /** Creates or replaces a file with a text in UTF-8. */
    public void putFile(String path, String content) {
        putFile(path, Objects.requireNonNull(content, "content").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return the content of a file}
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public byte[] file(String path) {
        Objects.requireNonNull(path, "path");
        return locked(() -> files.content(path));
    }

    /** {@return the paths of all files} */
    public Set<String> files() {
        return locked(files::paths);
    }

    /** {@return how many files the agent has open} */
    public int openFiles() {
        return locked(files::openHandles);
    }

    /**
     * Sets how many bytes the files may have together. A write beyond that is rejected with {@code No space left on
     * device}. Default: no limit.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public void diskSpace(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative, but is " + bytes);
        }
        locked(() -> {
            files.limit(bytes);
            return bytes;
        });
    }

    // ------------------------------------------------------------------ freeze

    /** {@return whether the file systems are frozen} */
    public boolean isFrozen() {
        return locked(() -> frozen);
    }

    /** Thaws the file systems without a command, as a guest does whose freeze takes too long. */
    public void thaw() {
        locked(this::thawNow);
    }

    private JsonNode freeze() {
        frozen = true;
        return QmpJson.toTree(1);
    }

    private int thawNow() {
        int thawed = frozen ? 1 : 0;
        frozen = false;
        return thawed;
    }

    // ------------------------------------------------------------------ power, and replies

    /**
     * {@return the accepted requests of power, in order: {@code powerdown}, {@code halt}, {@code reboot}, {@code
     * suspend-ram}, {@code suspend-disk}, {@code suspend-hybrid}} They have no reply, and no effect on the simulation.
     */
    public List<String> powerRequests() {
        return locked(() -> List.copyOf(powerRequests));
    }

    /**
     * Waits until a request of power has been accepted.
     *
     * @return the first one
     * @throws TimeoutException if none was received in time
     * @throws InterruptedException if the thread is interrupted
     */
    public String awaitPowerRequest(Duration timeout) throws InterruptedException, TimeoutException {
        return await(
                "no request to shut down or suspend",
                timeout,
                () -> powerRequests.isEmpty() ? null : powerRequests.get(0));
    }

    /**
     * Loses the next successful reply to a command of this class: it is executed, and the client gets no reply. Each
     * call adds one lost reply.
     */
    public void loseReply(String command) {
        Objects.requireNonNull(command, "command");
        locked(() -> lostReplies.merge(command, 1, Integer::sum));
    }

    private static String shutdownMode(JsonNode arguments) throws CommandRejection {
        String mode = arguments.path("mode").asString("powerdown");
        if (!SHUTDOWN_MODES.contains(mode)) {
            throw new CommandRejection("mode is invalid (valid values are: halt|powerdown|reboot");
        }
        return mode;
    }

    // ------------------------------------------------------------------ handlers

    /** Handles a command's arguments under the lock. */
    private interface Action {

        JsonNode run(JsonNode arguments) throws CommandRejection;
    }

    /** Reads the kind of a request of power from a command's arguments. */
    private interface PowerKind {

        String of(JsonNode arguments) throws CommandRejection;
    }

    private void handle(String command, Action action) {
        handleAlways(command, whenThawed(command, action));
    }

    private void handlePower(String command, PowerKind kind) {
        Action recorded = whenThawed(command, arguments -> {
            powerRequests.add(kind.of(arguments));
            changed.signalAll();
            return QmpJson.object();
        });
        server.handle(command, handler(recorded).withoutReply());
    }

    private void handleAlways(String command, Action action) {
        CommandHandler answering = handler(action);
        server.handle(command, (QmpCommand sent) -> {
            JsonNode reply = answering.handle(sent);
            return losesReply(command) ? UNANSWERED.handle(sent) : reply;
        });
    }

    private Action whenThawed(String command, Action action) {
        return arguments -> {
            if (frozen) {
                throw new CommandRejection(
                        QmpErrorInfo.COMMAND_NOT_FOUND,
                        "Command " + command + " has been disabled: the agent is in frozen state");
            }
            return action.run(arguments);
        };
    }

    private CommandHandler handler(Action action) {
        return (QmpCommand command) -> {
            JsonNode given = command.arguments();
            JsonNode arguments = given == null ? QmpJson.object() : given;
            GuestArguments.check(command.name(), arguments);
            lock.lock();
            try {
                return action.run(arguments);
            } finally {
                lock.unlock();
            }
        };
    }

    private boolean losesReply(String command) {
        return locked(() -> {
            Integer left = lostReplies.get(command);
            if (left == null || left == 0) {
                return false;
            }
            lostReplies.put(command, left - 1);
            return true;
        });
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    private <T> T await(String what, Duration timeout, Supplier<@Nullable T> look)
            throws InterruptedException, TimeoutException {
        Objects.requireNonNull(timeout, "timeout");
        long left = TimeUnit.NANOSECONDS.convert(timeout);
        lock.lock();
        try {
            for (T seen = look.get(); ; seen = look.get()) {
                if (seen != null) {
                    return seen;
                }
                if (left <= 0) {
                    throw new TimeoutException(what + " within " + timeout);
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}

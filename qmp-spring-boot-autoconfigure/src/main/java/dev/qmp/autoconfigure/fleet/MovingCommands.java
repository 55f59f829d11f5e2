package dev.qmp.autoconfigure.fleet;

import dev.qmp.QmpClientOptions;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.error.NotSentException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Keeps commands to machines that move: between the old owner's release and the new owner's claim, and until the new
 * owner's first session. A command is kept only before it is sent to any instance or machine. So keeping it cannot
 * execute it twice. The commands of one machine are sent in the order of their arrival.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class MovingCommands {

    private static final SafeLog LOGGER = SafeLog.of(MovingCommands.class);

    /** As many as a client's own queue has by default. */
    private static final int CAPACITY = QmpClientOptions.DEFAULTS.queueCapacity();

    private final Predicate<String> moving;
    private final BiFunction<String, QmpCommand, CompletableFuture<JsonNode>> sender;
    private final Duration wait;
    private final FleetThreads threads;
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** The kept commands of one machine; removed when it is empty. */
    private static final class Line {

        private final LinkedBlockingQueue<Kept> commands = new LinkedBlockingQueue<>(CAPACITY);
        /** Requests to send the commands. One thread at a time serves them, so that commands are sent in order. */
        private final AtomicInteger requests = new AtomicInteger();
    }

    /** A command that was not sent. */
    private static final class Kept {

        private final QmpCommand command;
        private final Duration timeout;
        private final long begin = System.nanoTime();
        private final AtomicBoolean taken = new AtomicBoolean();
        private final CompletableFuture<JsonNode> result = new CompletableFuture<>();

        Kept(QmpCommand command, Duration timeout) {
            this.command = command;
            this.timeout = timeout;
        }

        /** {@return whether the caller of this method decides about the command; false for all later callers} */
        boolean take() {
            return taken.compareAndSet(false, true);
        }

        void overload() {
            taken.set(true);
            result.completeExceptionally(new NotSentException(
                    command.name(),
                    NotSentException.Reason.OVERLOAD,
                    CAPACITY + " commands wait for the machine's new owner already",
                    null));
        }

        Duration remaining() {
            return timeout.minusNanos(System.nanoTime() - begin);
        }
    }

    /**
     * Creates the lines.
     *
     * @param moving whether commands to a machine wait now
     * @param sender sends a command to the machine's owner
     * @param wait how long a command waits at most
     */
    MovingCommands(
            Predicate<String> moving,
            BiFunction<String, QmpCommand, CompletableFuture<JsonNode>> sender,
            Duration wait,
            FleetThreads threads) {
        this.moving = moving;
        this.sender = sender;
        this.wait = wait;
        this.threads = threads;
    }

    /** {@return whether a command to the machine would wait} */
    boolean isKept(String connection) {
        return hasKept(connection) || moving.test(connection);
    }

    /** {@return whether commands to the machine wait} */
    boolean hasKept(String connection) {
        return lines.containsKey(connection);
    }

    /** Sends a command, or keeps it while the machine moves. */
    CompletableFuture<JsonNode> execute(String connection, QmpCommand command, Duration timeout) {
        if (!isKept(connection)) {
            return sender.apply(connection, command);
        }
        Kept kept = new Kept(command, timeout);
        lines.compute(connection, (name, present) -> {
            Line line = present == null ? new Line() : present;
            if (!line.commands.offer(kept)) {
                kept.overload();
            }
            return line;
        });
        if (closed) { // read after the command is in its line: close() fails what it finds there
            expire(connection, kept);
            return kept.result;
        }
        Duration limit = timeout.compareTo(wait) < 0 ? timeout : wait;
        try {
            threads.limit(limit, () -> expire(connection, kept));
            moved(connection); // the move may have ended meanwhile
        } catch (RejectedExecutionException e) {
            expire(connection, kept); // the fleet has stopped
        } catch (Throwable e) { // no thread, for example: the command must not be sent later, because it fails here
            if (kept.take()) {
                drop(connection, kept);
                kept.result.completeExceptionally(new NotSentException(
                        command.name(),
                        NotSentException.Reason.NOT_CONNECTED,
                        "the command could not wait for its machine: "
                                + e.getClass().getSimpleName(),
                        e));
            }
        }
        return kept.result;
    }

    /** Sends the kept commands on, if the machine does not move any more. */
    void moved(String connection) {
        if (hasKept(connection) && !threads.callbacks().isShutdown()) {
            threads.callbacks().execute(() -> sendKept(connection));
        }
    }

    private void sendKept(String connection) {
        Line line = lines.get(connection);
        if (line == null) {
            return;
        }
        if (line.requests.getAndIncrement() == 0) {
            int served;
            do {
                served = line.requests.get();
                try {
                    sendAll(connection, line);
                } catch (Throwable e) { // `requests` must return to 0, or later commands wait for ever
                    LOGGER.warn(
                            "QMP connection '" + Text.printable(connection)
                                    + "': commands that wait for its owner could not be sent",
                            e);
                }
            } while (line.requests.addAndGet(-served) != 0);
        }
    }

    private void sendAll(String connection, Line line) {
        while (!moving.test(connection)) {
            Kept next = line.commands.poll();
            if (next != null) {
                send(connection, next);
            } else if (lines.computeIfPresent(connection, (name, it) -> isEmpty(it, line) ? null : it) != line) {
                return;
            }
        }
    }

    private static boolean isEmpty(Line present, Line line) {
        return present == line && line.commands.isEmpty();
    }

    private void send(String connection, Kept kept) {
        if (kept.result.isDone() || !kept.take()) {
            return; // cancelled or expired
        }
        Duration remaining = kept.remaining();
        if (remaining.isNegative() || remaining.isZero()) {
            fail(connection, kept);
            return;
        }
        CompletableFuture<JsonNode> sent;
        try {
            sent = sender.apply(connection, kept.command.withTimeout(remaining));
        } catch (Throwable e) { // the connection was removed meanwhile, or an error: nothing else ends the command
            kept.result.completeExceptionally(e);
            return;
        }
        sent.whenComplete((value, failure) -> {
            if (failure == null) {
                kept.result.complete(value);
            } else {
                kept.result.completeExceptionally(failure);
            }
        });
        kept.result.whenComplete((value, failure) -> {
            if (kept.result.isCancelled()) {
                sent.cancel(false);
            }
        });
    }

    private void expire(String connection, Kept kept) {
        if (kept.take()) {
            fail(connection, kept);
            drop(connection, kept);
            moved(connection); // the machine does not move any more, or its other commands expire soon
        }
    }

    private void drop(String connection, Kept kept) {
        Line line = lines.get(connection);
        if (line != null) {
            line.commands.remove(kept);
            // a line that is being served is kept: it may have a command on its way, which later ones must follow
            lines.computeIfPresent(connection, (name, it) -> isEmpty(it, line) && line.requests.get() == 0 ? null : it);
        }
    }

    private void fail(String connection, Kept kept) {
        boolean late = !closed && kept.timeout.compareTo(wait) < 0;
        String name = "'" + Text.printable(connection) + "'";
        NotSentException failure = new NotSentException(
                kept.command.name(),
                late ? NotSentException.Reason.TIMED_OUT : NotSentException.Reason.NOT_CONNECTED,
                closed
                        ? "this instance has left the fleet while the command waited for " + name
                        : "no instance has had a session of " + name + " for " + (late ? kept.timeout : wait).toMillis()
                                + " ms",
                null);
        try {
            threads.callbacks().execute(() -> kept.result.completeExceptionally(failure));
        } catch (Throwable e) { // the fleet has stopped, or the system has no further thread
            kept.result.completeExceptionally(failure);
        }
    }

    /** Fails all kept commands, and later ones that would be kept. */
    void close() {
        closed = true;
        lines.forEach((connection, line) -> line.commands.forEach(kept -> expire(connection, kept)));
    }
}

package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.internal.engine.SharedThreads;
import dev.qmp.protocol.Registration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports when the file of a Unix socket appears or changes, so that a machine that starts late is found before the
 * next delay ends.
 *
 * <p>One daemon thread checks all files twice a second, because that works in every file system and before the folder
 * exists. It ends when there is no file to check. Each check reports a file once at most, even if it appears and
 * disappears between the checks. A check of 10,000 missing files takes about 30 ms. A file system that hangs stops the
 * checks, but no connection.
 */
final class SocketWatch {

    static final Duration INTERVAL = Duration.ofMillis(500);

    /**
     * How long a change is reported again. A server binds its file a moment before it listens, and an attempt in
     * between is refused.
     */
    private static final Duration SLACK = Duration.ofSeconds(1);

    private static final Logger LOGGER = LoggerFactory.getLogger(SocketWatch.class);

    /** The watch of all clients. */
    static final SocketWatch SHARED = new SocketWatch(SocketWatch::startThread);

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Watched> files = ConcurrentHashMap.newKeySet();
    private final Consumer<Runnable> starter;
    private boolean running;

    /**
     * Creates a watch without files.
     *
     * @param starter starts the checks on a thread, each time when the first file is added
     */
    SocketWatch(Consumer<Runnable> starter) {
        this.starter = starter;
    }

    private static void startThread(Runnable looks) {
        SharedThreads.create(looks, "qmp-socket-watch").start();
    }

    /**
     * Calls back once, on the watching thread, when the file exists and has changed since a time.
     *
     * @param since the start of the attempt that found no server, or of the session that was lost
     * @param isObsolete whether a change can have no effect any more; then the watch of the file ends
     * @return closing it ends the watch
     */
    Registration watch(Path file, Instant since, Runnable changed, BooleanSupplier isObsolete) {
        Watched watched = new Watched(file, since.minus(SLACK), changed, isObsolete);
        lock.lock();
        try {
            files.add(watched);
            if (!running) {
                start(watched);
            }
        } finally {
            lock.unlock();
        }
        return () -> files.remove(watched);
    }

    /**
     * Starts the checks for their first file. Without a thread that file is not watched, and the next one tries again.
     */
    private void start(Watched first) {
        try {
            running = true;
            starter.accept(this::run);
        } catch (Throwable e) { // "unable to create native thread" is an error
            running = false;
            files.remove(first);
            log(() -> LOGGER.warn("{} is not watched", first.printable(), e));
        }
    }

    private void run() {
        while (!endIfIdle()) {
            // the pause comes first, so that a new thread checks no earlier than the last one would
            LockSupport.parkNanos(INTERVAL.toNanos());
            Thread.interrupted(); // nothing here reacts to an interrupt, but no later pause would last
            look();
        }
    }

    /** Checks each file once. */
    void look() {
        files.forEach(this::look);
    }

    /** {@return the number of watched files} */
    int size() {
        return files.size();
    }

    /** {@return whether no file is watched, so that this thread ends} The next file then starts another thread. */
    private boolean endIfIdle() {
        lock.lock();
        try {
            running = !files.isEmpty();
            return !running;
        } finally {
            lock.unlock();
        }
    }

    private void look(Watched watched) {
        try {
            if (watched.isObsolete.getAsBoolean()) {
                files.remove(watched);
                return;
            }
            // a missing file is the usual case, and an exception for it costs ten times as much
            FileTime time = watched.file.toFile().exists() ? changeTime(watched.file) : null;
            if (watched.isNew(time, Instant.now()) && files.remove(watched)) {
                watched.changed.run();
            }
        } catch (IOException | SecurityException e) {
            // the file or its folder does not exist yet, or cannot be read yet
        } catch (Throwable e) {
            files.remove(watched);
            log(() -> LOGGER.warn("{} is no longer watched", watched.printable(), e));
        }
    }

    /** Logs a line. If that fails, the line is lost, because the checks of all clients must go on. */
    private static void log(Runnable line) {
        try {
            line.run();
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    /** One watched file. Each has its own identity, because several clients can wait for one socket. */
    static final class Watched {

        private final Path file;
        private final Instant since;
        private final Runnable changed;
        private final BooleanSupplier isObsolete;
        private boolean seen;
        /** The file's time at the first look; null if there was no file. */
        private @Nullable FileTime atFirst;

        Watched(Path file, Instant since, Runnable changed, BooleanSupplier isObsolete) {
            this.file = file;
            this.since = since;
            this.changed = changed;
            this.isObsolete = isObsolete;
        }

        /**
         * {@return whether the file has changed since the attempt} A time in the future is that of a clock which was
         * ahead, or of another host. It is new only if it differs from the time at the first look.
         *
         * @param time the file's time; null if there is no file
         */
        boolean isNew(@Nullable FileTime time, Instant now) {
            boolean isFirst = !seen;
            if (isFirst) {
                seen = true;
                atFirst = time;
            }
            if (time == null) {
                return false;
            }
            return time.toInstant().isAfter(now.plus(SLACK))
                    ? !isFirst && !time.equals(atFirst)
                    : time.toInstant().isAfter(since);
        }

        private String printable() {
            return Text.printableSentence(file.toString());
        }
    }

    /** {@return when the file was bound, or its mode was changed, because a permission can be granted later} */
    private static FileTime changeTime(Path file) throws IOException {
        try {
            return (FileTime) Files.getAttribute(file, "unix:ctime");
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            return Files.getLastModifiedTime(file);
        }
    }
}

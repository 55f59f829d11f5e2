package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.protocol.Registration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports when the file of a Unix socket appears or changes, so that a machine that starts late is found before the next
 * delay ends. One daemon thread looks at all files twice a second, because that works in every file system and before the
 * folder exists; it ends when there is nothing to look at. A look costs about two microseconds.
 */
final class SocketWatch {

    static final Duration INTERVAL = Duration.ofMillis(500);

    /** A file can be bound a moment before the attempt that its server was not ready for. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    private static final Logger LOGGER = LoggerFactory.getLogger(SocketWatch.class);
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Set<Watched> FILES = ConcurrentHashMap.newKeySet();
    private static @Nullable Thread thread;

    private SocketWatch() {}

    /**
     * Calls back once, on the watching thread, when the file exists and has changed since a time.
     *
     * @param since when the attempt began that found no server
     * @param seen the change that was reported before, which is not reported again; null for none
     * @return ends the watch
     */
    static Registration watch(Path file, Instant since, @Nullable FileTime seen, Callback changed) {
        Watched watched = new Watched(file, since.minus(SLACK), seen, changed);
        LOCK.lock();
        try {
            FILES.add(watched);
            if (thread == null) {
                thread = new Thread(SocketWatch::run, "qmp-socket-watch");
                thread.setDaemon(true);
                thread.start();
            }
        } finally {
            LOCK.unlock();
        }
        return () -> FILES.remove(watched);
    }

    /** Receives the change of a file. */
    interface Callback {
        void changed(FileTime time);
    }

    private static void run() {
        while (!isDone()) {
            FILES.forEach(Watched::look);
            LockSupport.parkNanos(INTERVAL.toNanos());
        }
    }

    private static boolean isDone() {
        LOCK.lock();
        try {
            if (FILES.isEmpty()) {
                thread = null;
                return true;
            }
            return false;
        } finally {
            LOCK.unlock();
        }
    }

    /** One file. Each is an object of its own, because several clients can wait for one socket. */
    private static final class Watched {

        private final Path file;
        private final Instant since;
        private final @Nullable FileTime seen;
        private final Callback changed;
        private final AtomicBoolean reported = new AtomicBoolean();

        Watched(Path file, Instant since, @Nullable FileTime seen, Callback changed) {
            this.file = file;
            this.since = since;
            this.seen = seen;
            this.changed = changed;
        }

        private void look() {
            try {
                FileTime time = changeTime(file);
                if (!time.equals(seen) && time.toInstant().isAfter(since) && reported.compareAndSet(false, true)) {
                    FILES.remove(this);
                    changed.changed(time);
                }
            } catch (IOException | SecurityException e) {
                // the file or its folder does not exist yet, or may not be read yet
            } catch (Throwable e) {
                FILES.remove(this);
                LOGGER.warn("{} is no longer watched", Text.printableSentence(file.toString()), e);
            }
        }
    }

    /** {@return when the file was bound, or its mode was changed: a permission can come later than the socket} */
    private static FileTime changeTime(Path file) throws IOException {
        try {
            return (FileTime) Files.getAttribute(file, "unix:ctime");
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            return Files.getLastModifiedTime(file);
        }
    }
}

package dev.qmp.autoconfigure;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.StringUtils;

/**
 * Scans the folder of {@code qmp.discovery.directory} twice a second. Each socket in it is a connection while the
 * socket exists. Notifications of the operating system would not replace the scans, because they can be lost.
 */
final class QmpSocketDirectory implements SmartLifecycle {

    private static final SafeLog LOGGER = SafeLog.of(QmpSocketDirectory.class);

    /** A comma before the start of another path. */
    private static final Pattern LIST = Pattern.compile(",\\s*[/~]");

    /** The start of a URL, or of a connection's address. */
    private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]+:");

    private static final long PAUSE_MILLIS = 500;
    private static final long END_MILLIS = 1000;

    private final @Nullable DiscoveredSockets sockets;
    private volatile @Nullable Watch watch;

    QmpSocketDirectory(@Nullable String directory, DefaultQmpClients clients) {
        this(StringUtils.hasText(directory) ? new DiscoveredSockets(folder(directory), clients) : null);
    }

    QmpSocketDirectory(@Nullable DiscoveredSockets sockets) {
        this.sockets = sockets;
    }

    private static Path folder(String directory) {
        String placeholder = Placeholders.firstIn(directory);
        if (placeholder != null) {
            throw invalid(directory, Placeholders.reason(placeholder))
                    .withRemedy(Placeholders.remedy(placeholder), null);
        }
        if (directory.startsWith("~") && !directory.equals("~") && !directory.startsWith("~/")) {
            throw invalid(directory, "only the own home folder is known, as in ~/run");
        }
        try {
            Path folder = directory.startsWith("~")
                    ? Path.of(System.getProperty("user.home", "/") + directory.substring(1))
                    : Path.of(directory);
            if (LIST.matcher(directory).find() && Files.notExists(folder)) {
                throw invalid(directory, "it is a list, and only one folder is watched");
            }
            if (SCHEME.matcher(directory).find() && Files.notExists(folder)) {
                throw invalid(directory, "it is a URL or an address, not a path");
            }
            return folder;
        } catch (InvalidPathException e) {
            throw invalid(directory, "it is not a path: " + e.getReason());
        }
    }

    private static InvalidQmpPropertyException invalid(String directory, String reason) {
        return new InvalidQmpPropertyException(
                "qmp.discovery.directory", directory, reason, "the path of one folder on a local file system");
    }

    @Override
    public int getPhase() {
        return 0;
    }

    @Override
    public boolean isRunning() {
        return watch != null;
    }

    @Override
    public void start() {
        if (sockets == null || watch != null) {
            return;
        }
        sockets.update();
        Watch started = new Watch(sockets);
        started.thread.start();
        watch = started;
    }

    /** Keeps the connections. The lifecycle disconnects them, and the next start scans again. */
    @Override
    public void stop() {
        Watch running = watch;
        watch = null;
        if (running != null) {
            running.end();
        }
    }

    @Override
    public void stop(Runnable callback) {
        try {
            stop();
        } finally {
            callback.run();
        }
    }

    /** From one start to the next stop. */
    private static final class Watch {

        private final DiscoveredSockets sockets;
        private final CountDownLatch ended = new CountDownLatch(1);
        private final Thread thread = new Thread(this::run, "qmp-discovery");
        private boolean failing;

        Watch(DiscoveredSockets sockets) {
            this.sockets = sockets;
            this.thread.setDaemon(true);
        }

        private void run() {
            while (!isEndedAfterPause()) {
                try {
                    sockets.update();
                    failing = false;
                } catch (Throwable e) { // such as OutOfMemoryError: nothing else would scan the folder again
                    logFirst(e);
                }
            }
        }

        private void logFirst(Throwable failure) {
            if (!failing) {
                failing = true;
                LOGGER.error("Discovery failed, and goes on within a second", failure);
            }
        }

        private boolean isEndedAfterPause() {
            try {
                return ended.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                // A stop does not interrupt this thread. So a listener has left the interrupt status set.
                return ended.getCount() == 0;
            }
        }

        void end() {
            ended.countDown();
            try {
                thread.join(END_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

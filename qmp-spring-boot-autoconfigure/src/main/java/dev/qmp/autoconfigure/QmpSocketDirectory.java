package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.StringUtils;

/**
 * Watches the folder of {@code qmp.discovery.directory}. Each socket in it is a connection while the socket exists.
 * A notification of the operating system only triggers a scan, and each scan reads the whole folder. So a lost
 * notification, or a folder that is created later, causes a delay of at most a second.
 */
final class QmpSocketDirectory implements SmartLifecycle {

    private static final Log LOGGER = SafeLog.of(QmpSocketDirectory.class);

    private static final String DIRECTORY = "qmp.discovery.directory";
    private static final long LOOK_AGAIN_MILLIS = 1000;

    private final @Nullable DiscoveredSockets sockets;
    private final WatchServices services;
    private volatile @Nullable Watch watch;

    /** The system's notifications. */
    interface WatchServices {

        /** Opens a service, unless the system has none left. */
        WatchService open(FileSystem files) throws IOException;
    }

    QmpSocketDirectory(@Nullable String directory, DefaultQmpClients clients) {
        this(
                StringUtils.hasText(directory) ? new DiscoveredSockets(folder(directory), clients) : null,
                FileSystem::newWatchService);
    }

    QmpSocketDirectory(@Nullable DiscoveredSockets sockets, WatchServices services) {
        this.sockets = sockets;
        this.services = services;
    }

    private static Path folder(String directory) {
        try {
            return Path.of(directory);
        } catch (InvalidPathException e) {
            throw new InvalidQmpPropertyException(
                    DIRECTORY, directory, "it is no path: " + e.getReason(), "a folder on a local file system");
        }
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
        Watch started = new Watch(service(sockets.folder()), sockets);
        sockets.update();
        started.thread.start();
        watch = started;
    }

    /** {@return null if the system gives no notifications, so that the folder is scanned each second} */
    private @Nullable WatchService service(Path folder) {
        try {
            return services.open(folder.getFileSystem());
        } catch (IOException | UnsupportedOperationException e) {
            LOGGER.warn(DIRECTORY + " " + Text.printableSentence(folder.toString())
                    + " is scanned each second, without notifications of the system: " + Text.messageOf(e));
            return null;
        }
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

        private final @Nullable WatchService service;
        private final DiscoveredSockets sockets;
        private final CountDownLatch ended = new CountDownLatch(1);
        private final Thread thread = new Thread(this::run, "qmp-discovery");
        private @Nullable WatchKey key;
        private boolean failing;

        Watch(@Nullable WatchService service, DiscoveredSockets sockets) {
            this.service = service;
            this.sockets = sockets;
            this.thread.setDaemon(true);
        }

        private void run() {
            boolean isEnded = false;
            while (!isEnded) {
                isEnded = isEndedAfterScan();
            }
        }

        private boolean isEndedAfterScan() {
            try {
                register();
                sockets.update();
                boolean isEnded = isEndedAfterPause();
                failing = false;
                return isEnded;
            } catch (ClosedWatchServiceException e) {
                LOGGER.debug("Discovery has stopped", e);
                return true;
            } catch (InterruptedException e) {
                // A stop does not interrupt this thread. So a listener has left the interrupt status set.
                return hasEnded();
            } catch (Throwable e) { // such as OutOfMemoryError: nothing else would scan the folder again
                logFirst(e);
                return isEndedWithin(LOOK_AGAIN_MILLIS);
            }
        }

        private void logFirst(Throwable failure) {
            if (!failing) {
                failing = true;
                LOGGER.error("Discovery failed, and goes on in a second", failure);
            }
        }

        private boolean isEndedWithin(long millis) {
            try {
                return ended.await(millis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return hasEnded();
            }
        }

        private boolean hasEnded() {
            return ended.getCount() == 0;
        }

        /** Registers before the scan, so that a change during the scan triggers the next one. */
        private void register() {
            if (service == null || (key != null && key.isValid())) {
                return;
            }
            try {
                key = sockets.folder()
                        .register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
            } catch (IOException e) {
                LOGGER.debug("Discovery cannot watch " + Text.printableSentence(String.valueOf(sockets.folder()))
                        + " yet: " + Text.messageOf(e));
            }
        }

        /** Waits for the next change, and for a second at most, because notifications can be lost. */
        private boolean isEndedAfterPause() throws InterruptedException {
            if (service == null) {
                return ended.await(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
            }
            WatchKey signalled = service.poll(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
            if (signalled != null) {
                signalled.pollEvents();
                signalled.reset();
            }
            return hasEnded();
        }

        void end() {
            ended.countDown();
            try {
                if (service != null) {
                    service.close();
                }
                thread.join(LOOK_AGAIN_MILLIS);
            } catch (IOException e) {
                LOGGER.debug("Discovery did not end in order", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

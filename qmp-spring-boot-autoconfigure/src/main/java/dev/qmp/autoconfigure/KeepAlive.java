package dev.qmp.autoconfigure;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the JVM alive while the clients are started, because all threads of the clients are daemons. By default it
 * does so if the application has listeners to QMP events, because such an application waits for events. An
 * application that only executes commands ends with its work.
 */
final class KeepAlive {

    private final @Nullable Boolean configured;
    private final QmpListeners listeners;
    private @Nullable CountDownLatch ended;

    /**
     * Creates the component.
     *
     * @param configured {@code qmp.keep-alive}; null to decide by the application's listeners
     */
    KeepAlive(@Nullable Boolean configured, QmpListeners listeners) {
        this.configured = configured;
        this.listeners = listeners;
    }

    synchronized void begin() {
        if (ended != null || !isWanted()) {
            return;
        }
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(() -> await(end), "qmp-keep-alive");
        thread.setDaemon(false);
        thread.start();
        ended = end;
    }

    private static void await(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void end() {
        if (ended != null) {
            ended.countDown();
            ended = null;
        }
    }

    private boolean isWanted() {
        return configured != null ? configured : listeners.exist();
    }
}

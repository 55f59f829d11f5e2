package dev.qmp.sample.machine.embedded;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The thread of a machine's own activity, which no command causes. */
final class Heartbeat implements AutoCloseable {

    private final ScheduledExecutorService executor;

    Heartbeat(String name) {
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name + "-guest");
            thread.setDaemon(true);
            return thread;
        });
    }

    void every(long millis, Runnable task) {
        executor.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS);
    }

    void once(long millis, Runnable task) {
        executor.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    /** Starts no further task. A running task goes on, because it may be the caller of this method. */
    @Override
    public void close() {
        executor.shutdown();
    }
}

package dev.qmp.sample.embedded;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What makes things happen inside of a machine without anybody's command: one thread of its own. */
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

    /** No task starts any more; one that is running goes on, since it may be the one that closes this. */
    @Override
    public void close() {
        executor.shutdown();
    }
}

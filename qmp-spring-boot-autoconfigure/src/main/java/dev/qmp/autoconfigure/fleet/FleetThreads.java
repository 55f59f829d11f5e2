package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.SafeLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a fleet: one that owns its state and may wait for Hazelcast, a timer that never waits, one that
 * publishes application events in order, those that write claims, and those on which futures complete.
 */
final class FleetThreads implements AutoCloseable {

    private static final SafeLog LOGGER = SafeLog.of(FleetThreads.class);

    /** Each waits for one answer of the cluster, so that many answers are under way at a time. */
    private static final int CLAIM_THREADS = 16;

    /** A time limit that is noticed later than this has passed in a pause of the JVM, or on a busy host. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Enough time for Hazelcast's threads to read what has arrived in a pause. */
    static final long READ_MILLIS = 1000;

    private static final String STATE = "qmp-fleet";

    private final ScheduledThreadPoolExecutor state = scheduled(STATE);
    private final ScheduledThreadPoolExecutor timer = scheduled("qmp-fleet-timer");
    private final ThreadPoolExecutor events = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            named("qmp-fleet-event-"),
            new ThreadPoolExecutor.DiscardPolicy()); // rejects after the close only
    private final ThreadPoolExecutor claims = new ThreadPoolExecutor(
            CLAIM_THREADS, CLAIM_THREADS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named("qmp-fleet-claim-"));
    private final ExecutorService callbacks = Executors.newCachedThreadPool(named("qmp-fleet-callback-"));

    FleetThreads() {
        claims.allowCoreThreadTimeOut(true);
    }

    private static ScheduledThreadPoolExecutor scheduled(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, named(name + "-"));
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return executor;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger counter = new AtomicInteger();
        ClassLoader classes = Thread.currentThread().getContextClassLoader();
        return task -> {
            Thread thread = new Thread(task, prefix + counter.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(classes);
            return thread;
        };
    }

    ScheduledThreadPoolExecutor state() {
        return state;
    }

    /** Asserts that the caller runs on the fleet's thread, the only one that writes the fleet's state. */
    static void assertOnState() {
        String thread = Thread.currentThread().getName();
        assert thread.startsWith(STATE + "-") && Character.isDigit(thread.charAt(STATE.length() + 1))
                : "not on the fleet's thread: " + thread;
    }

    ScheduledThreadPoolExecutor timer() {
        return timer;
    }

    /**
     * Runs the end of a wait for a message when its time has passed. If the timer is late, the task runs a second
     * later, because the message may have arrived in a pause of the JVM, and Hazelcast's threads must read it first.
     *
     * @return cancels the task, but not its second wait
     * @throws RejectedExecutionException if the fleet has stopped
     */
    ScheduledFuture<?> limit(Duration limit, Runnable task) {
        long begun = System.nanoTime();
        return timer.schedule(
                () -> {
                    if (System.nanoTime() - begun - limit.toNanos() > LATE_NANOS) {
                        timer.schedule(task, READ_MILLIS, TimeUnit.MILLISECONDS);
                    } else {
                        task.run();
                    }
                },
                limit.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Runs a task that publishes an application event, in order. Does nothing after the close. */
    void publish(Runnable publication) {
        events.execute(publication);
    }

    /** {@return the number of publications that wait for the running one} For tests. */
    int waitingPublications() {
        return events.getQueue().size();
    }

    ExecutorService claims() {
        return claims;
    }

    ExecutorService callbacks() {
        return callbacks;
    }

    /** Ends the fleet's thread, and waits for the turn that runs on it. */
    void endTurns(Duration limit) {
        state.shutdown();
        try {
            state.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Lets callbacks that wait run to their end. Drops events that wait for a slow listener, because the beans of the
     * application may be destroyed after the stop.
     */
    @Override
    public void close() {
        state.shutdownNow();
        timer.shutdownNow();
        claims.shutdown();
        events.shutdown();
        int dropped = events.getQueue().drainTo(new ArrayList<>());
        if (dropped > 0) {
            LOGGER.info("QMP fleet: " + dropped + " events were dropped, because the fleet has stopped before its"
                    + " listeners took them");
        }
        callbacks.shutdown();
    }
}

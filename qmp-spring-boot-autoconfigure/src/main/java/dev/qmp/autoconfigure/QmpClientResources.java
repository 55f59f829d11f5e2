package dev.qmp.autoconfigure;

import dev.qmp.QmpClientBuilder;
import dev.qmp.protocol.EventLoops;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * The threads of all clients. Deliberately no {@link Executor} itself, and none is a bean: Boot would take that for the
 * application's own and withdraw its default one.
 */
final class QmpClientResources implements AutoCloseable {

    private static final int LOOPS = 2;
    private static final int MAX_EVENT_THREADS = 64;

    private final EventLoops eventLoops = EventLoops.create(LOOPS);
    private final Executor eventExecutor;
    private final @Nullable Executor callbackExecutor;

    QmpClientResources(boolean virtualThreads) {
        this.eventExecutor = virtualThreads ? new VirtualThreadTaskExecutor("qmp-event-") : platformThreads();
        this.callbackExecutor = virtualThreads ? new VirtualThreadTaskExecutor("qmp-callback-") : null;
    }

    /**
     * A connection takes one thread at a time, so that what waits here is bounded by the number of connections. One that
     * waits for a future is made up for: there is always a thread that does not. The thread
     * that became idle last is taken first: a pool that takes the one that has been idle longest wakes, for each event,
     * the one whose caches are the coldest, or makes a new one while others are idle.
     */
    private static ForkJoinPool platformThreads() {
        AtomicInteger counter = new AtomicInteger();
        ClassLoader classes = Thread.currentThread().getContextClassLoader();
        return new ForkJoinPool(
                MAX_EVENT_THREADS,
                pool -> new EventThread(pool, "qmp-event-" + counter.incrementAndGet(), classes),
                null,
                true);
    }

    /** With the application's class loader: left to itself, such a thread has the system's, which knows no nested jars. */
    private static final class EventThread extends ForkJoinWorkerThread {

        EventThread(ForkJoinPool pool, String name, @Nullable ClassLoader classes) {
            super(pool);
            setName(name);
            setContextClassLoader(classes);
        }
    }

    /** Has a client live on these threads. Futures complete on threads of the core's own, unless there are virtual ones. */
    void applyTo(QmpClientBuilder builder) {
        builder.eventLoops(eventLoops);
        if (callbackExecutor != null) {
            builder.callbackExecutor(callbackExecutor);
        }
    }

    /** {@return where application events are published} */
    Executor eventExecutor() {
        return eventExecutor;
    }

    @Override
    public void close() {
        eventLoops.close();
        if (eventExecutor instanceof ForkJoinPool pool) {
            pool.shutdown();
        }
    }
}

package dev.qmp.autoconfigure;

import dev.qmp.QmpClientBuilder;
import dev.qmp.protocol.EventLoops;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * The threads of all clients. Neither this class nor a bean of the starter is an {@link Executor}, because Boot would
 * then not create its default executor.
 */
final class QmpClientResources implements AutoCloseable {

    private static final int LOOPS = 2;
    private static final int MAX_EVENT_THREADS = 64;

    private final EventLoops eventLoops = EventLoops.create(LOOPS);
    private final Executor eventExecutor;
    private final @Nullable Executor callbackExecutor;

    QmpClientResources(boolean virtualThreads) {
        this.eventExecutor = virtualThreads ? virtualThreads("qmp-event-") : platformThreads();
        this.callbackExecutor = virtualThreads ? virtualThreads("qmp-callback-") : null;
    }

    /**
     * Creates an executor with a virtual thread for each task. Each thread gets the application's class loader, because
     * the starting thread is often an event loop, which has the library's.
     */
    private static Executor virtualThreads(String prefix) {
        ThreadFactory threads = new VirtualThreadTaskExecutor(prefix).getVirtualThreadFactory();
        ClassLoader classes = Thread.currentThread().getContextClassLoader();
        return task -> {
            Thread thread = threads.newThread(task);
            thread.setContextClassLoader(classes);
            thread.start();
        };
    }

    /**
     * Creates the pool of the event publisher. Each connection uses one thread at a time, so the number of
     * connections bounds the queue. A thread that blocks in a future is compensated by another one. The thread that
     * became idle last is used first, because its caches are warm.
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

    /**
     * Sets the application's class loader. By default such a thread has the system's, which cannot read nested jars.
     */
    private static final class EventThread extends ForkJoinWorkerThread {

        EventThread(ForkJoinPool pool, String name, @Nullable ClassLoader classes) {
            super(pool);
            setName(name);
            setContextClassLoader(classes);
        }
    }

    /**
     * Sets the threads of a client. Futures complete on threads of the core, or on virtual threads if they are
     * enabled.
     */
    void applyTo(QmpClientBuilder builder) {
        builder.eventLoops(eventLoops);
        if (callbackExecutor != null) {
            builder.callbackExecutor(callbackExecutor);
        }
    }

    /** {@return the executor on which application events are published} */
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

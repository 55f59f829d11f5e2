package dev.qmp.autoconfigure;

import dev.qmp.QmpClientBuilder;
import dev.qmp.protocol.EventLoops;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * The threads of all clients. Deliberately no {@link Executor} itself, and none is a bean: Boot would take that for the
 * application's own and withdraw its default one.
 */
final class QmpClientResources implements AutoCloseable {

    private static final int LOOPS = 2;
    private static final int MAX_EVENT_THREADS = 16;

    private final EventLoops eventLoops = EventLoops.create(LOOPS);
    private final Executor eventExecutor;
    private final @Nullable Executor callbackExecutor;

    QmpClientResources(boolean virtualThreads) {
        this.eventExecutor = virtualThreads ? new VirtualThreadTaskExecutor("qmp-event-") : platformThreads();
        this.callbackExecutor = virtualThreads ? new VirtualThreadTaskExecutor("qmp-callback-") : null;
    }

    /** A connection takes one thread at a time, so that what waits here is bounded by the number of connections. */
    private static ThreadPoolExecutor platformThreads() {
        AtomicInteger counter = new AtomicInteger();
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                MAX_EVENT_THREADS, MAX_EVENT_THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "qmp-event-" + counter.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
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
        if (eventExecutor instanceof ThreadPoolExecutor pool) {
            pool.shutdown();
        }
    }
}

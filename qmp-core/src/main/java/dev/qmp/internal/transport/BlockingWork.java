package dev.qmp.internal.transport;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The few threads on which is done what may block: a crowd of connections waits in line rather than make a crowd of
 * threads.
 */
final class BlockingWork {

    /** Names are looked up here. */
    static final Executor LOOK_UPS = create("qmp-lookup-", 8);

    /** TLS contexts are made here, however long a name service takes. */
    static final Executor TLS = create("qmp-tls-", 4);

    private BlockingWork() {}

    private static Executor create(String prefix, int threads) {
        AtomicInteger counter = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(threads, threads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, prefix + counter.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}

package dev.qmp.internal.engine;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Creates the threads that all connections share. The thread that needs one first may belong to any request or
 * application. So it passes on none of its inheritable thread-locals, and the context class loader is that of this
 * library.
 */
public final class SharedThreads {

    private SharedThreads() {}

    /** {@return a daemon thread, not started} */
    public static Thread create(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(SharedThreads.class.getClassLoader());
        return thread;
    }

    /** {@return a factory of such threads, whose names end in a number} */
    public static ThreadFactory numbered(String prefix) {
        AtomicInteger counter = new AtomicInteger();
        return task -> create(task, prefix + counter.incrementAndGet());
    }
}

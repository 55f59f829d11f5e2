package dev.qmp.internal.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;

/**
 * The default place for the application's callbacks: as many daemon threads as are busy, gone after ten idle seconds.
 */
public final class CallbackExecutor {

    /** The one shared by all connections that were given no other. */
    public static final Executor SHARED = create();

    private CallbackExecutor() {}

    /** {@return an executor that runs tasks on the shared one, one at a time and in order} */
    public static Executor serial(Logger logger) {
        return new SerialExecutor(SHARED, Integer.MAX_VALUE, logger)::offer;
    }

    private static Executor create() {
        AtomicInteger counter = new AtomicInteger();
        return new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "qmp-callback-" + counter.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }
}

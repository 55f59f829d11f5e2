package dev.qmp.internal.transport;

import dev.qmp.internal.engine.SharedThreads;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A thread of an event loop. Its type identifies it, so that blocking calls on it can be refused. It is started by the
 * {@link #opener}, and so inherits nothing of a caller.
 */
final class LoopThread extends FastThreadLocalThread {

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private LoopThread(Runnable task, String name) {
        super(task, name);
        setDaemon(true);
        setContextClassLoader(LoopThread.class.getClassLoader());
    }

    static ThreadFactory factory() {
        return task -> new LoopThread(task, "qmp-loop-" + COUNTER.incrementAndGet());
    }

    /** {@return a thread that opens a loop, and runs the tasks of that loop if it cannot be opened} */
    static Thread opener(Runnable task) {
        return SharedThreads.create(task, "qmp-open");
    }
}

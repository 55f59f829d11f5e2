package dev.qmp.internal.transport;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** A thread of an event loop. Its type identifies it, so that blocking calls on it can be refused. */
final class LoopThread extends FastThreadLocalThread {

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private LoopThread(Runnable task, String name) {
        super(task, name);
        setDaemon(true);
    }

    static ThreadFactory factory() {
        return task -> new LoopThread(task, "qmp-loop-" + COUNTER.incrementAndGet());
    }

    /** {@return a thread that opens a loop, and runs the tasks of that loop if it cannot be opened} */
    static Thread opener(Runnable task) {
        return new LoopThread(task, "qmp-open");
    }

    static boolean isCurrent() {
        return Thread.currentThread() instanceof LoopThread;
    }
}

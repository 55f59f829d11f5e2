package dev.qmp.internal.transport;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** A thread of an event loop. Its type identifies it, so that blocking calls on it can be refused. */
final class LoopThread extends FastThreadLocalThread {

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private LoopThread(Runnable task) {
        super(task, "qmp-loop-" + COUNTER.incrementAndGet());
        setDaemon(true);
    }

    static ThreadFactory factory() {
        return LoopThread::new;
    }

    static boolean isCurrent() {
        return Thread.currentThread() instanceof LoopThread;
    }
}

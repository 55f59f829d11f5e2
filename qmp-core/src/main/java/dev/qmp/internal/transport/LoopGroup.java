package dev.qmp.internal.transport;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Some loops with one kind of selector. Netty's group is created when the first task of a loop needs it, because it
 * loads hundreds of classes and opens a selector for each thread.
 */
final class LoopGroup {

    private static final long CLOSE_TIMEOUT_MILLIS = 2000;

    private final Supplier<IoHandlerFactory> selectors;
    private final NettyLoop[] loops;
    private final AtomicInteger turns = new AtomicInteger();
    /** Null before the first task. */
    private @Nullable MultiThreadIoEventLoopGroup created;

    private boolean closed;

    LoopGroup(int threads, Supplier<IoHandlerFactory> selectors) {
        this.selectors = selectors;
        this.loops = new NettyLoop[threads];
        Arrays.setAll(loops, number -> new NettyLoop(this::next));
    }

    /** {@return the next loop, each in turn} */
    NettyLoop inTurn() {
        return loops[Math.floorMod(turns.getAndIncrement(), loops.length)];
    }

    /** {@return a loop of Netty; another one for each of the loops, which call this once} */
    private synchronized EventLoop next() {
        MultiThreadIoEventLoopGroup present = created;
        if (present == null) {
            if (closed) {
                throw new IllegalStateException("the event loops are closed");
            }
            present = new MultiThreadIoEventLoopGroup(loops.length, LoopThread.factory(), selectors.get());
            created = present;
        }
        return present.next();
    }

    /**
     * Begins the end of the threads, within two seconds.
     *
     * @param ended is called when they have ended; not if there are none
     */
    void shutDown(Runnable ended) {
        MultiThreadIoEventLoopGroup ending = close();
        if (ending != null) {
            ending.shutdownGracefully(0, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                    .addListener(end -> ended.run());
        }
    }

    private synchronized @Nullable MultiThreadIoEventLoopGroup close() {
        closed = true;
        return created;
    }

    /** Waits until the threads have ended, at most two seconds. */
    void awaitEnd() {
        MultiThreadIoEventLoopGroup ending = created();
        if (ending != null) {
            ending.terminationFuture().awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS);
        }
    }

    /** {@return whether no thread runs after {@link #shutDown}} */
    boolean hasEnded() {
        MultiThreadIoEventLoopGroup ending = created();
        return ending == null || ending.isTerminated();
    }

    private synchronized @Nullable MultiThreadIoEventLoopGroup created() {
        return created;
    }
}

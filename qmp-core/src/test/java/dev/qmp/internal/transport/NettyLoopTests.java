package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task that is given to a loop runs once, also when the loop ends at that very moment. */
@Timeout(20)
class NettyLoopTests {

    private final AtomicInteger runs = new AtomicInteger();

    /** Ends between its own checks of state and queue, so that no code runs the task. */
    private static final class EndingLoop extends DefaultEventLoop {

        private boolean ends;

        @Override
        public void execute(Runnable task) {
            if (!ends) {
                super.execute(task);
                return;
            }
            ends = false;
            shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void aTaskThatTheLoopForgetsAtItsEndRunsAfterIt() {
        EndingLoop loop = new EndingLoop();
        CompletableFuture<Void> ran = new CompletableFuture<>();
        loop.ends = true;
        new NettyLoop(loop).execute(() -> {
            runs.incrementAndGet();
            ran.complete(null);
        });
        ran.join();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aTaskThatTheLoopRunsBeforeItEndsIsNotRunAgain() {
        DefaultEventLoop loop = new DefaultEventLoop();
        NettyLoop netty = new NettyLoop(loop);
        netty.execute(() -> {
            runs.incrementAndGet();
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        });
        loop.terminationFuture().syncUninterruptibly();
        assertThat(runs).hasValue(1);
    }

    @Test
    void tasksAfterTheEndRunInOrderAndElsewhere() {
        DefaultEventLoop loop = new DefaultEventLoop();
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        NettyLoop ended = new NettyLoop(loop);
        List<Integer> order = new ArrayList<>();
        CompletableFuture<Thread> last = new CompletableFuture<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            ended.execute(() -> order.add(number));
        }
        ended.execute(() -> last.complete(Thread.currentThread()));

        assertThat(last.join()).isNotSameAs(Thread.currentThread());
        assertThat(order).hasSize(100).isSorted();
    }
}

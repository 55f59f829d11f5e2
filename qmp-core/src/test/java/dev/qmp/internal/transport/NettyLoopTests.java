package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.qmp.internal.engine.Cancellable;
import io.netty.channel.ChannelException;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task that is given to a loop runs once and in its turn, also while the loop is opened or ends at that moment. */
@Timeout(20)
class NettyLoopTests {

    private final AtomicInteger runs = new AtomicInteger();
    private final EventLoop opened = new DefaultEventLoop();

    @AfterEach
    void endTheLoop() {
        opened.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

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

    @RepeatedTest(20)
    void noTaskOvertakesAnotherWhileTheLoopIsOpened() {
        CompletableFuture<EventLoop> source = new CompletableFuture<>();
        NettyLoop loop = new NettyLoop(source::join);
        List<Integer> order = new ArrayList<>();
        AtomicBoolean elsewhere = new AtomicBoolean();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            if (i == 300) {
                CompletableFuture.runAsync(() -> source.complete(opened));
            }
            loop.execute(() -> {
                order.add(number);
                if (!loop.isOnLoop() || !opened.inEventLoop()) {
                    elsewhere.set(true);
                }
            });
        }
        CompletableFuture<Void> last = new CompletableFuture<>();
        loop.execute(() -> last.complete(null));

        last.join();
        assertThat(order).hasSize(1000).isSorted();
        assertThat(elsewhere).isFalse();
    }

    @Test
    void manyThreadsOpenOneLoop() {
        CompletableFuture<EventLoop> source = new CompletableFuture<>();
        NettyLoop loop = new NettyLoop(() -> {
            runs.incrementAndGet();
            return source.join();
        });
        List<CompletableFuture<Void>> given = new ArrayList<>();
        CompletableFuture<?>[] ran = new CompletableFuture<?>[8];
        for (int i = 0; i < ran.length; i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            ran[i] = done;
            given.add(CompletableFuture.runAsync(() -> loop.execute(() -> done.complete(null))));
        }
        given.forEach(CompletableFuture::join); // although no loop is open
        source.complete(opened);

        CompletableFuture.allOf(ran).join();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aTimerRunsOnTheLoopThatIsOpenedLater() {
        CompletableFuture<EventLoop> source = new CompletableFuture<>();
        NettyLoop loop = new NettyLoop(source::join);
        CompletableFuture<Boolean> ran = new CompletableFuture<>();
        Cancellable cancelled = loop.schedule(Duration.ofMillis(1), runs::incrementAndGet);
        loop.schedule(Duration.ofMillis(10), () -> ran.complete(opened.inEventLoop()));
        cancelled.cancel();
        source.complete(opened);

        assertThat(ran.join()).isTrue();
        assertThat(runs).hasValue(0);
    }

    @Test
    void tasksRunWithoutALoopThatCannotBeOpenedAndALaterOneOpensIt() {
        AtomicBoolean broken = new AtomicBoolean(true);
        NettyLoop loop = new NettyLoop(() -> {
            if (broken.get()) {
                throw new IllegalStateException("no selector");
            }
            return opened;
        });
        CompletableFuture<Boolean> onLoop = new CompletableFuture<>();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        loop.execute(() -> {
            throw new IllegalStateException("logged; the next tasks run");
        });
        loop.execute(() -> onLoop.complete(loop.isOnLoop() && loop.isOnAnyLoop()));
        loop.execute(() -> failure.complete(catchThrowable(loop::eventLoop)));
        assertThat(onLoop.join()).isTrue();
        assertThat(failure.join()).isInstanceOf(ChannelException.class).hasRootCauseMessage("no selector");

        broken.set(false);
        CompletableFuture<EventLoop> used = new CompletableFuture<>();
        loop.execute(() -> used.complete(loop.eventLoop()));
        assertThat(used.join()).isSameAs(opened);
    }
}

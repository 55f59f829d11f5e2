package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Scheduler;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Has a task run on an executor whenever there is something to do: never twice at once, and never queued more than
 * once. An executor that refuses, as a full pool does, is asked again a little later, until it is shut down.
 */
final class Delivery {

    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final int IDLE = 0;
    private static final int BUSY = 1;
    private static final int ONCE_MORE = 2;

    private final Executor executor;
    private final Runnable task;
    private final Consumer<Throwable> givenUp;
    private final Scheduler scheduler;
    private final FailureLog failures;
    private final Logger logger;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private final AtomicReference<@Nullable Object> ticket = new AtomicReference<>();
    private final AtomicBoolean pausing = new AtomicBoolean();
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile boolean last;
    private volatile @Nullable Cancellable pause;

    /**
     * Creates a delivery; {@code givenUp} is run instead of the task, where it happens, when no run can come any more.
     */
    Delivery(
            Executor executor,
            Runnable task,
            Consumer<Throwable> givenUp,
            Scheduler scheduler,
            FailureLog failures,
            Logger logger) {
        this.executor = executor;
        this.task = task;
        this.givenUp = givenUp;
        this.scheduler = scheduler;
        this.failures = failures;
        this.logger = logger;
    }

    /** Has the task run once more, soon; from any thread. */
    void request() {
        if (state.getAndUpdate(now -> now == IDLE ? BUSY : ONCE_MORE) == IDLE) {
            start();
        } else if (executor instanceof ExecutorService service
                && service.isTerminated()
                && ticket.getAndSet(null) != null) {
            refused(new RejectedExecutionException("the executor was shut down, and threw away what was to run"));
        }
    }

    /** The same for the last time: from now on an executor that refuses is not waited for. */
    void requestLast() {
        last = true;
        request();
        resume();
    }

    /** Nobody cares any more: an executor that refuses is left alone. */
    void stop() {
        last = true;
        endPause();
    }

    private void resume() {
        if (endPause()) {
            start();
        }
    }

    private boolean endPause() {
        boolean ended = pausing.compareAndSet(true, false);
        Cancellable timer = pause;
        if (ended && timer != null) {
            timer.cancel();
        }
        return ended;
    }

    /** An executor may throw although it has taken the task, or has run it: the ticket says which run counts. */
    private void start() {
        Object mine = new Object();
        ticket.set(mine);
        try {
            executor.execute(() -> {
                if (ticket.compareAndSet(mine, null)) {
                    run();
                }
            });
        } catch (Throwable e) {
            if (ticket.compareAndSet(mine, null)) {
                refused(e);
            }
        }
    }

    private void run() {
        do {
            state.set(BUSY);
            try {
                task.run();
            } catch (Throwable e) {
                failures.failed("An event callback failed", "its delivery", e);
            }
        } while (!state.compareAndSet(BUSY, IDLE));
    }

    /** Within whatever has found out, which is no matter of this listener's. */
    private void giveUp(Throwable reason) {
        try {
            givenUp.accept(reason);
        } catch (Throwable e) {
            failures.failed("An event callback failed", "its end", e);
        }
    }

    private void refused(Throwable reason) {
        if (last || (executor instanceof ExecutorService service && service.isShutdown())) {
            giveUp(reason);
            return;
        }
        if (warned.compareAndSet(false, true)) {
            logger.warn("The executor of an event callback refuses it; trying again until it does not", reason);
        }
        pausing.set(true);
        pause = scheduler.schedule(PAUSE, this::resume);
        if (last) {
            resume();
        }
    }
}

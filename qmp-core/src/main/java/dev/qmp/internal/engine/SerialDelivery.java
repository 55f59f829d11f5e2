package dev.qmp.internal.engine;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs one task on an executor after each request: never twice at once, and never queued more than once. An executor
 * that refuses the task, as a full pool does, is asked again every 50 ms until it is shut down. If no timer can be set
 * for that, the next request asks it again. A {@link CallbackExecutor} never refuses.
 *
 * <p>Thread safety: any thread may request a run.
 */
public final class SerialDelivery {

    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final int IDLE = 0;
    private static final int BUSY = 1;
    private static final int ONCE_MORE = 2;

    private final Executor executor;
    private final Runnable task;
    private final Consumer<Throwable> givenUp;
    private final Scheduler scheduler;
    private final FailureLog failures;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    /** Identifies the run that the executor was asked for last; null once that has begun. */
    private final AtomicReference<@Nullable Object> ticket = new AtomicReference<>();

    private final AtomicBoolean pausing = new AtomicBoolean();
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile boolean last;
    private volatile @Nullable Cancellable pause;

    /**
     * Creates a delivery to an executor that may refuse.
     *
     * @param givenUp is called instead of the task if no run can follow, in the thread that discovers it
     */
    public SerialDelivery(
            Executor executor, Runnable task, Consumer<Throwable> givenUp, Scheduler scheduler, FailureLog failures) {
        this.executor = executor;
        this.task = task;
        this.givenUp = givenUp;
        this.scheduler = scheduler;
        this.failures = failures;
    }

    /** Creates a delivery to an executor that never refuses. */
    public SerialDelivery(CallbackExecutor executor, Runnable task, FailureLog failures) {
        this(executor, task, refusal -> {}, (delay, later) -> Cancellable.NOTHING, failures);
    }

    /** {@return an executor that runs tasks on another one, one at a time and in order} */
    public static Executor inOrder(CallbackExecutor executor, FailureLog failures) {
        Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        SerialDelivery delivery = new SerialDelivery(
                executor,
                () -> {
                    for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
                        executor.runHere(next);
                    }
                },
                failures);
        return task -> {
            tasks.add(task);
            delivery.request();
        };
    }

    /** Requests a run of the task that begins after this call. */
    public void request() {
        if (state.getAndUpdate(now -> now == IDLE ? BUSY : ONCE_MORE) == IDLE) {
            start();
        } else {
            checkExecutor();
        }
    }

    /** Gives up a requested run if the executor was shut down and has dropped it. */
    public void checkExecutor() {
        if (executor instanceof ExecutorService service && service.isTerminated() && ticket.getAndSet(null) != null) {
            refused(new RejectedExecutionException("the executor was shut down and has dropped its tasks"));
        }
    }

    /** Requests the last run. If the executor refuses it, now or later, there is none. */
    public void requestLast() {
        last = true;
        request();
        resume();
    }

    /** Ends the wait for an executor that refuses. */
    public void stop() {
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

    /** An executor may throw although it has accepted the task, or has run it. The ticket decides which run counts. */
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
                failures.failed("A callback failed", "its delivery", e);
            }
        } while (!state.compareAndSet(BUSY, IDLE));
    }

    private void refused(Throwable reason) {
        if (last || (executor instanceof ExecutorService service && service.isShutdown())) {
            giveUp(reason);
            return;
        }
        if (warned.compareAndSet(false, true)) {
            failures.logger().warn("The executor of a callback refuses it; trying again until it does not", reason);
        }
        pausing.set(true);
        try {
            pause = scheduler.schedule(PAUSE, this::resume);
        } catch (Throwable e) { // such as OutOfMemoryError
            failures.failed("The timer of a callback failed", "the refusal of its executor", e);
            askAtNextRequest();
            return;
        }
        if (last) {
            resume();
        }
    }

    /** Ends a pause without a timer. A later request starts a run, unless another thread has ended the pause. */
    private void askAtNextRequest() {
        if (pausing.compareAndSet(true, false) && (state.getAndSet(IDLE) == ONCE_MORE || last)) {
            request(); // it has come before the state was IDLE
        }
    }

    /** Catches everything, because this can run inside code that has nothing to do with this delivery. */
    private void giveUp(Throwable reason) {
        try {
            givenUp.accept(reason);
        } catch (Throwable e) {
            failures.failed("A callback failed", "its end", e);
        }
    }
}

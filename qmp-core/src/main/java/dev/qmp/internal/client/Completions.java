package dev.qmp.internal.client;

import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.LoopScheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Completes the futures of one session's commands on the callback executor. While the session is {@code RUNNING}, one
 * thread takes all completions that arrive while it is busy, so that replies that arrive together wake one thread. A
 * callback that takes long delays the completions behind it by 2 ms at most: a timer checks after each {@value
 * #CHECK_MILLIS} ms, and the second check makes each of them a task of its own. A new thread begins with the next one.
 * After the end of the session, each completion is a task of its own. So are those that wait when a callback leaves its
 * thread interrupted.
 *
 * <p>Thread safety: any thread may use it.
 */
final class Completions implements Executor {

    static final long CHECK_MILLIS = 1;

    private static final Duration CHECK = Duration.ofMillis(CHECK_MILLIS);
    private final CallbackExecutor callbacks;
    private final LoopScheduler scheduler;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    /** The batch that takes what arrives; null if there is none. */
    private final AtomicReference<@Nullable Batch> current = new AtomicReference<>();

    private final AtomicBoolean checking = new AtomicBoolean();
    private volatile boolean ended;

    /** Creates the completions of one session. */
    Completions(CallbackExecutor callbacks, LoopScheduler scheduler) {
        this.callbacks = callbacks;
        this.scheduler = scheduler;
    }

    @Override
    public void execute(Runnable completion) {
        if (ended) {
            callbacks.execute(completion);
            return;
        }
        waiting.add(completion);
        if (current.get() == null) {
            Batch batch = new Batch();
            if (current.compareAndSet(null, batch)) {
                callbacks.execute(batch);
                return;
            }
        }
        if (ended) {
            spread(); // it has ended meanwhile, and may have found nothing that waits
        } else {
            checkLater();
        }
    }

    /** The session ends: no completion waits for another any more. So none depends on a timer of a loop that ends. */
    @BottomHalf
    void end() {
        scheduler.assertOnLoop();
        ended = true;
        if (!waiting.isEmpty()) {
            spread();
        }
    }

    private void checkLater() {
        if (!checking.compareAndSet(false, true)) {
            return;
        }
        waiting.add(Mark.MARK);
        Cancellable check;
        try {
            check = scheduler.schedule(CHECK, this::check);
        } catch (Throwable e) { // without a check, a callback could hold up the others for ever
            check = Cancellable.NOTHING;
        }
        if (check == Cancellable.NOTHING) {
            checking.set(false);
            spread();
        }
    }

    private void check() {
        boolean isBehindOthers = waiting.peek() != Mark.MARK;
        boolean isStillQueued = waiting.remove(Mark.MARK);
        checking.set(false);
        if (isBehindOthers && isStillQueued) {
            spread();
        } else if (!waiting.isEmpty()) {
            checkLater();
        }
    }

    /** Makes a task of each completion that waits. The batch ends with the callback that it runs. */
    private void spread() {
        current.set(null);
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
            if (next != Mark.MARK) {
                callbacks.execute(next);
            }
        }
    }

    /**
     * A mark that is queued when a check is scheduled. If it is still queued at the check, each completion before it
     * has waited since then.
     */
    private enum Mark implements Runnable {
        MARK;

        @Override
        public void run() {}
    }

    /** Runs completions on one thread until there are none, or until {@link #spread()} has replaced it. */
    private final class Batch implements Runnable {

        @Override
        public void run() {
            boolean goesOn = true;
            while (goesOn) {
                runAll();
                // looks again: a completion that arrived while this batch was current has started no other batch
                goesOn = current.compareAndSet(this, null) && !waiting.isEmpty() && current.compareAndSet(null, this);
            }
        }

        private void runAll() {
            while (current.get() == this) {
                Runnable next = waiting.poll();
                if (next == null) {
                    return;
                }
                callbacks.runHere(next);
                if (Thread.currentThread().isInterrupted()) {
                    spread(); // an executor clears the flag between its tasks, and the next callback may block
                }
            }
        }
    }
}

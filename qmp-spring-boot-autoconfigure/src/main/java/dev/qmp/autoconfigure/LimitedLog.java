package dev.qmp.autoconfigure;

import dev.qmp.message.InternalApi;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;

/**
 * Limits log lines by kind and time. The first line of a kind is written at once. Further lines within the pause after
 * it are summed up, and the sum is written at the end of the pause. The core's {@code LineLimit} does the same for one
 * kind, but is internal to the core.
 *
 * <p>Thread safety: all methods may be called from any thread.
 *
 * @param <K> lines with equal kinds are limited together
 */
@InternalApi
public final class LimitedLog<K> implements AutoCloseable {

    /** Runs a task when the pause is over. */
    private final Executor afterPause;

    private final int maxKinds;
    private final K anyOther;
    private final ObjLongConsumer<K> summary;
    /** The sums of kinds in their pause. Its monitor guards {@link #closed}, too. */
    private final Map<K, Long> heldBack = new HashMap<>();

    private boolean closed;

    /**
     * Creates a limit.
     *
     * @param maxKinds the number of kinds that are distinguished within one pause
     * @param anyOther the kind of all further ones
     * @param summary writes the sum of a kind; the sum is never 0. If it throws, this sum is lost
     */
    public LimitedLog(Duration pause, int maxKinds, K anyOther, ObjLongConsumer<K> summary) {
        this(CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS), maxKinds, anyOther, summary);
    }

    /** Creates a limit whose pauses end when the executor runs a task. */
    LimitedLog(Executor afterPause, int maxKinds, K anyOther, ObjLongConsumer<K> summary) {
        this.afterPause = afterPause;
        this.maxKinds = maxKinds;
        this.anyOther = anyOther;
        this.summary = summary;
    }

    /**
     * {@return whether the caller writes its line now} If not, the amount is added to the kind's sum.
     *
     * @param amount the amount that the line reports; positive
     */
    public boolean admit(K kind, long amount) {
        K pausing;
        synchronized (heldBack) {
            if (closed) {
                return true;
            }
            K counted = heldBack.containsKey(kind) || heldBack.size() < maxKinds ? kind : anyOther;
            Long held = heldBack.get(counted);
            if (held != null) {
                heldBack.put(counted, held + amount);
                return false;
            }
            heldBack.put(counted, 0L);
            pausing = counted;
        }
        pause(pausing);
        return true;
    }

    /** Begins the pause of a kind. Without a thread for its end, the kind has no pause. */
    private void pause(K kind) {
        try {
            afterPause.execute(() -> pauseEnded(kind));
        } catch (Throwable e) {
            synchronized (heldBack) {
                heldBack.remove(kind);
            }
        }
    }

    /** Removes a kind whose sum is empty, so that its next line is written at once again. */
    private void pauseEnded(K kind) {
        Long held;
        synchronized (heldBack) {
            held = heldBack.remove(kind);
            if (held == null || held == 0) {
                return;
            }
            heldBack.put(kind, 0L);
        }
        write(kind, held);
        pause(kind);
    }

    private void write(K kind, long held) {
        try {
            summary.accept(kind, held);
        } catch (Throwable e) {
            // the sum is lost, and the next pause begins
        }
    }

    /** Writes all sums. From now on every line is admitted. */
    @Override
    public void close() {
        Map<K, Long> rest;
        synchronized (heldBack) {
            closed = true;
            rest = new HashMap<>(heldBack);
            heldBack.clear();
        }
        rest.forEach((kind, held) -> {
            if (held > 0) {
                write(kind, held);
            }
        });
    }
}

package dev.qmp.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs failures of the application's code, which can fail at every event. The first failure of a kind is logged at
 * ERROR with its trace, and then at most one line of this kind in ten seconds. A kind is the failed operation and the
 * class of the exception, so one failure never hides another. Suppressed failures are logged at DEBUG and counted. The
 * sum is logged when the ten seconds end, even without a further failure.
 *
 * <p>Thread safety: any thread may use it. Sums are logged on a thread of the common pool. If that is late, the next
 * failure of the kind logs its sum, in the calling thread.
 */
public final class FailureLog {

    static final Duration PAUSE = Duration.ofSeconds(10);

    /** Bounds the memory and the lines. Further kinds share one line until the pause of another kind has ended. */
    static final int MAX_KINDS = 64;

    private static final String OTHERS = "Other failures";

    private final Logger logger;
    private final LongSupplier nanoTime;
    private final Timer timer;
    /** Empty and immutable before the first failure. */
    private Map<String, Kind> kinds = Map.of();

    /** Runs a task after a delay. */
    interface Timer {
        void schedule(Duration delay, Runnable task);
    }

    /** The failures of one kind since its last line. */
    private static final class Kind {

        private final String what;
        private long lastTime;
        private long heldBack;
        private boolean timed;
        private String lastWhere = "";
        private @Nullable Throwable lastFailure;

        Kind(String what) {
            this.what = what;
        }

        private void holdBack(String where, Throwable failure) {
            heldBack++;
            lastWhere = where;
            lastFailure = failure;
        }

        /** {@return the sum of the suppressed failures, which starts again at zero; null if there are none} */
        private @Nullable Sum takeSum() {
            Throwable last = lastFailure;
            if (heldBack == 0 || last == null) {
                return null;
            }
            Sum sum = new Sum(what, heldBack, lastWhere, last);
            heldBack = 0;
            lastFailure = null;
            return sum;
        }
    }

    private record Sum(String what, long count, String lastWhere, Throwable lastFailure) {}

    /** Creates a log on the system's clock. */
    public FailureLog(Logger logger) {
        this(logger, System::nanoTime, FailureLog::schedule);
    }

    FailureLog(Logger logger, LongSupplier nanoTime, Timer timer) {
        this.logger = logger;
        this.nanoTime = nanoTime;
        this.timer = timer;
    }

    /** {@return the logger, for messages that are not failures} */
    Logger logger() {
        return logger;
    }

    private static void schedule(Duration delay, Runnable task) {
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS).execute(task);
    }

    /**
     * Logs a failure, or suppresses it.
     *
     * @param what the failed operation as a sentence, such as {@code An event callback failed}; the kind
     * @param where the place of this failure, printable: the name of an event or command; not part of the kind
     */
    public void failed(String what, String where, Throwable failure) {
        List<Sum> sums = new ArrayList<>();
        boolean admitted = admit(what, where, failure, sums);
        sums.forEach(this::log);
        if (admitted) {
            logger.error("{} at {}", what, where, failure);
        } else {
            logger.debug("{} at {}", what, where, failure);
        }
    }

    /**
     * {@return whether the failure is logged now}
     *
     * @param sums receives the sums that are due before it
     */
    private synchronized boolean admit(String what, String where, Throwable failure, List<Sum> sums) {
        long now = nanoTime.getAsLong();
        String name = what + ' ' + failure.getClass().getName();
        Kind kind = kinds.get(name);
        if (kind == null && kinds.size() >= MAX_KINDS) {
            forgetQuietKinds(now, sums);
        }
        if (kind == null && kinds.size() >= MAX_KINDS) {
            kind = kinds.computeIfAbsent(OTHERS, Kind::new);
            holdBack(kind, what + " at " + where, failure);
            return false;
        }
        if (kind == null) {
            kind = new Kind(what);
            kind.lastTime = now;
            kinds = kinds.isEmpty() ? new HashMap<>() : kinds;
            kinds.put(name, kind);
            return true;
        }
        if (!isPauseOver(kind, now)) {
            holdBack(kind, where, failure);
            return false;
        }
        addSum(kind, sums); // its timer is late
        kind.lastTime = now;
        return true;
    }

    private static boolean isPauseOver(Kind kind, long now) {
        return now - kind.lastTime >= PAUSE.toNanos();
    }

    /** Removes kinds whose pause has ended. A kind that fails often stays, because each line starts its pause again. */
    private void forgetQuietKinds(long now, List<Sum> sums) {
        for (Iterator<Kind> all = kinds.values().iterator(); all.hasNext(); ) {
            Kind kind = all.next();
            if (isPauseOver(kind, now) && !kind.timed) {
                addSum(kind, sums);
                all.remove();
            }
        }
    }

    private static void addSum(Kind kind, List<Sum> sums) {
        Sum sum = kind.takeSum();
        if (sum != null) {
            sums.add(sum);
        }
    }

    private void holdBack(Kind kind, String where, Throwable failure) {
        kind.holdBack(where, failure);
        if (!kind.timed) {
            kind.timed = true;
            long rest = PAUSE.toNanos() - (kind.what.equals(OTHERS) ? 0 : nanoTime.getAsLong() - kind.lastTime);
            timer.schedule(Duration.ofNanos(Math.max(rest, 1)), () -> pauseEnded(kind));
        }
    }

    private void pauseEnded(Kind kind) {
        Sum sum;
        synchronized (this) {
            kind.timed = false;
            sum = kind.takeSum();
            if (sum != null) {
                kind.lastTime = nanoTime.getAsLong();
            }
        }
        if (sum != null) {
            log(sum);
        }
    }

    private void log(Sum sum) {
        logger.error(
                "{}: {} more in the last {} s, the last one at {}",
                sum.what(),
                sum.count(),
                PAUSE.toSeconds(),
                sum.lastWhere(),
                sum.lastFailure());
    }
}

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
 * <p>Each kind has a {@link LineLimit}. This class adds the kinds, the last failure for the line with the sum, and the
 * timer that logs a sum in time.
 *
 * <p>Thread safety: any thread may use it. Sums are logged on a thread of the common pool. If that is late, the next
 * failure of the kind logs its sum, in the calling thread.
 */
public final class FailureLog {

    static final Duration PAUSE = Duration.ofSeconds(10);

    /** Bounds the memory and the lines. Further kinds count as one until the pause of another kind has ended. */
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

    /** The failures of one kind. Guarded by the log's lock. */
    private static final class Kind {

        private final String what;
        private final LineLimit limit;
        private String lastWhere = "";
        /** The last failure since the last line. Null if none was suppressed. */
        private @Nullable Throwable lastFailure;

        Kind(String what, LongSupplier nanoTime) {
            this.what = what;
            this.limit = new LineLimit(PAUSE, nanoTime);
        }

        /** {@return whether it is the first one since the last line, so that the sum needs a timer} */
        private boolean holdBack(String where, Throwable failure) {
            boolean isFirst = lastFailure == null;
            lastWhere = where;
            lastFailure = failure;
            return isFirst;
        }

        private void addSum(long count, List<Sum> sums) {
            Throwable last = lastFailure;
            if (count > 0 && last != null) {
                sums.add(new Sum(what, count, lastWhere, last));
                lastFailure = null;
            }
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
     * Logs a failure, or suppresses it. It never throws, because its callers must go on: if logging fails, or no thread
     * can be started for the sum, the line is lost.
     *
     * @param what the failed operation as a sentence, such as {@code A callback failed}; the kind
     * @param where the place of this failure, printable: such as the name of a thread; not part of the kind
     */
    public void failed(String what, String where, Throwable failure) {
        try {
            logOrSuppress(what, where, failure);
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    private void logOrSuppress(String what, String where, Throwable failure) {
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
        Kind kind = kindOf(what, failure, sums);
        long count = kind.limit.admit(1);
        if (count > 0) {
            kind.addSum(count - 1, sums); // its timer is late
            return true;
        }
        String place = kind.what.equals(OTHERS) ? what + " at " + where : where;
        if (kind.holdBack(place, failure)) {
            timer.schedule(kind.limit.remaining(), () -> pauseEnded(kind));
        }
        return false;
    }

    private Kind kindOf(String what, Throwable failure, List<Sum> sums) {
        String name = what + ' ' + failure.getClass().getName();
        Kind known = kinds.get(name);
        if (known != null) {
            return known;
        }
        if (kinds.size() >= MAX_KINDS) {
            forgetQuietKinds(sums);
        }
        if (kinds.size() >= MAX_KINDS) {
            return kinds.computeIfAbsent(OTHERS, others -> new Kind(others, nanoTime));
        }
        kinds = kinds.isEmpty() ? new HashMap<>() : kinds;
        Kind created = new Kind(what, nanoTime);
        kinds.put(name, created);
        return created;
    }

    /** Removes kinds whose pause has ended. A kind that fails often stays, because each line starts its pause again. */
    private void forgetQuietKinds(List<Sum> sums) {
        for (Iterator<Kind> all = kinds.values().iterator(); all.hasNext(); ) {
            Kind kind = all.next();
            if (kind.limit.remaining().isZero()) {
                kind.addSum(kind.limit.admit(0), sums); // its timer is late
                all.remove();
            }
        }
    }

    /** Takes the sum, unless a failure has taken it before and has begun another pause. */
    private void pauseEnded(Kind kind) {
        List<Sum> sums = new ArrayList<>(1);
        synchronized (this) {
            kind.addSum(kind.limit.admit(0), sums);
        }
        sums.forEach(this::log);
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

package dev.qmp.internal.engine;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs failures of the application's code, which can fail at every event: the first of a kind at ERROR with its trace, then
 * at most one of this kind in ten seconds, with the number of those held back. A kind is what failed and the class of the
 * exception, so one failure never hides another. Held-back failures are logged at DEBUG. Safe for all threads.
 */
public final class FailureLog {

    private static final long PAUSE = Duration.ofSeconds(10).toNanos();

    /** Bounds the memory; beyond it the oldest kind is forgotten, and would be logged again as new. */
    private static final int MAX_KINDS = 64;

    private final Logger logger;
    private final LongSupplier nanoTime;
    private final Map<String, Kind> kinds = new LinkedHashMap<>();

    private static final class Kind {
        private long lastTime;
        private long heldBack;
    }

    /** Creates a log on the system's clock. */
    public FailureLog(Logger logger) {
        this(logger, System::nanoTime);
    }

    FailureLog(Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.nanoTime = nanoTime;
    }

    /**
     * Logs a failure, or holds it back.
     *
     * @param what what failed, as a sentence: {@code An event callback failed}; the kind
     * @param where where it failed this time: the name of an event or command; no part of the kind
     */
    public void failed(String what, String where, Throwable failure) {
        long heldBack = admit(what + ' ' + failure.getClass().getName());
        if (heldBack < 0) {
            logger.debug("{} at {}", what, where, failure);
        } else if (heldBack == 0) {
            logger.error("{} at {}", what, where, failure);
        } else {
            logger.error("{} at {}; {} more like this were held back", what, where, heldBack, failure);
        }
    }

    /** {@return how many failures of the kind were held back before this one; -1 if this one is held back, too} */
    private synchronized long admit(String name) {
        long now = nanoTime.getAsLong();
        Kind kind = kinds.get(name);
        if (kind == null) {
            if (kinds.size() == MAX_KINDS) {
                kinds.remove(kinds.keySet().iterator().next());
            }
            kind = new Kind();
            kind.lastTime = now;
            kinds.put(name, kind);
            return 0;
        }
        if (now - kind.lastTime < PAUSE) {
            kind.heldBack++;
            return -1;
        }
        long heldBack = kind.heldBack;
        kind.heldBack = 0;
        kind.lastTime = now;
        return heldBack;
    }
}

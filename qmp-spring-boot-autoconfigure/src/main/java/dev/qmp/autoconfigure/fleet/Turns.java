package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.SafeLog;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Decides when the fleet's thread takes a turn, and which connections the turn looks at. A change starts a turn after
 * 20 ms, so that changes at the same moment share one. Without any change there is a turn each second, one for all
 * connections every 10 seconds, and one that compares the maps every 30 seconds, because notifications can be lost.
 *
 * <p>Thread safety: any thread may report a change; the methods that take changes belong to the fleet's thread.
 */
final class Turns {

    private static final SafeLog LOGGER = SafeLog.of(Turns.class);

    private static final long PAUSE_MILLIS = 20;
    private static final long TICK_MILLIS = 1000;
    private static final int TICKS_TO_EVALUATION = 10;
    private static final int TICKS_TO_COMPARISON = 30;

    private final FleetThreads threads;
    private final Runnable turn;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicBoolean everythingChanged = new AtomicBoolean(true);
    private final AtomicBoolean comparisonDue = new AtomicBoolean();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    private int ticks;
    private boolean failing;

    Turns(FleetThreads threads, Runnable turn) {
        this.threads = threads;
        this.turn = turn;
    }

    void start() {
        threads.state().execute(turn);
        threads.state().scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        ticks++;
        if (ticks % TICKS_TO_COMPARISON == 0) {
            comparisonDue.set(true);
        }
        if (ticks % TICKS_TO_EVALUATION == 0 || failing) {
            everythingChanged.set(true);
        }
        turn.run();
    }

    /** Starts a turn soon. */
    void wake() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                threads.state().schedule(turn, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                scheduled.set(false); // the fleet has stopped
            }
        }
    }

    /** Starts a turn for one connection. */
    void changed(String connection) {
        changed.add(connection);
        wake();
    }

    /** Starts a turn for all connections. */
    void everythingChanged() {
        everythingChanged.set(true);
        wake();
    }

    /** Starts a turn that compares the maps, because notifications can be lost while the cluster changes. */
    void clusterChanged() {
        comparisonDue.set(true);
        everythingChanged();
    }

    // ------------------------------------------------------------------ within a turn

    /** Begins a turn: later changes start another one. */
    void begin() {
        FleetThreads.assertOnState();
        scheduled.set(false);
    }

    /** {@return whether this turn compares the maps} */
    boolean takeComparison() {
        FleetThreads.assertOnState();
        return comparisonDue.getAndSet(false);
    }

    /** Repeats a comparison that has failed. */
    void comparisonFailed() {
        comparisonDue.set(true);
    }

    /** Makes this turn, or the next one, look at all connections. */
    void lookAtEverything() {
        everythingChanged.set(true);
    }

    /** {@return whether this turn looks at all connections} */
    boolean takeEverything() {
        FleetThreads.assertOnState();
        if (everythingChanged.getAndSet(false)) {
            changed.clear();
            return true;
        }
        return false;
    }

    /** {@return the connections that have changed} A change during this turn stays for the next one. */
    List<String> takeChanged() {
        FleetThreads.assertOnState();
        return taken(changed);
    }

    /** {@return the names in a set, after their removal} A name that is added meanwhile stays. */
    static List<String> taken(Set<String> names) {
        List<String> taken = List.copyOf(names);
        taken.forEach(names::remove);
        return taken;
    }

    /** Logs the first of several failures, and repeats the turn each second. */
    void failed(Throwable failure) {
        FleetThreads.assertOnState();
        everythingChanged.set(true);
        if (!failing) {
            failing = true;
            LOGGER.warn("QMP fleet: the cluster cannot be reached now; tried again each second", failure);
        }
    }

    void succeeded() {
        FleetThreads.assertOnState();
        failing = false;
    }
}

package dev.qmp.autoconfigure.fleet;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A connection that this instance knows. Its state is written on the fleet's thread, and may be read by any thread. */
final class FleetConnection {

    /** What this instance does with the connection. */
    enum Phase {
        /** Nothing: another instance holds it, or none. */
        OFF,
        /** The client is started. */
        HELD,
        /** Another client was found at the monitor, so the client is stopped until the next attempt is due. */
        YIELDED,
        /** The client is draining; afterwards the claim is released. */
        RELEASING,
        /** The client has disconnected, and the claim is still to be released. */
        DRAINED
    }

    private final Wanted wanted;
    private volatile Phase phase = Phase.OFF;
    /** Since when the phase is {@link Phase#HELD} or {@link Phase#RELEASING}, by {@link System#nanoTime}. */
    private volatile long movingSince;
    /** Whether the first attempt since {@link Phase#HELD} has ended. Written by the client's runstate listener, too. */
    private volatile boolean arrived;

    private volatile long retryAt;
    private volatile @Nullable Throwable failure;
    private @Nullable Registration runstates;
    private @Nullable Registration events;

    FleetConnection(Wanted wanted) {
        this.wanted = wanted;
    }

    String name() {
        return wanted.name();
    }

    QmpClient client() {
        return wanted.client();
    }

    Wanted wanted() {
        return wanted;
    }

    Phase phase() {
        return phase;
    }

    void phase(Phase next) {
        FleetThreads.assertOnState();
        if (next == Phase.RELEASING || (next == Phase.HELD && phase == Phase.OFF)) {
            movingSince = System.nanoTime();
            arrived = false;
        }
        phase = next;
        if (next != Phase.YIELDED) {
            failure = null;
        }
    }

    /** {@return whether this instance makes sessions, or has one} */
    boolean isHeld() {
        return phase == Phase.HELD || phase == Phase.YIELDED;
    }

    /** Ends the time in which commands wait for the first session, because it is there, or the attempt has failed. */
    void arrived() {
        arrived = true;
    }

    /** {@return whether the machine comes to this instance or leaves it, for less than a time} */
    boolean isMoving(Duration limit) {
        boolean comes = phase == Phase.HELD && !arrived && client().runstate() != Runstate.RUNNING;
        boolean leaves = phase == Phase.RELEASING || phase == Phase.DRAINED;
        return (comes || leaves) && System.nanoTime() - movingSince < limit.toNanos();
    }

    void yieldUntil(long nanoTime, Throwable reason) {
        FleetThreads.assertOnState();
        phase = Phase.YIELDED;
        retryAt = nanoTime;
        failure = reason;
    }

    /**
     * Notes that the client could not be started or stopped. The connection is held, and commands do not wait for a
     * session.
     */
    void failed(long retryNanoTime, Throwable reason) {
        FleetThreads.assertOnState();
        phase = Phase.HELD;
        arrived = true;
        retryAt = retryNanoTime;
        failure = reason;
    }

    /** {@return whether a client that has yielded, or could not be started, is to be started now} */
    boolean isRetryDue() {
        return failure != null && System.nanoTime() - retryAt >= 0;
    }

    /** {@return the time until a client that has yielded starts again} */
    Duration untilRetry() {
        return Duration.ofNanos(Math.max(0, retryAt - System.nanoTime()));
    }

    /** {@return why the client has yielded, or could not be started or stopped; null otherwise} */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /**
     * {@return a new object for the same connection, in {@link Phase#OFF}, for the next start of the fleet} A stop that
     * reaches a limit can leave this object in another phase. Callbacks of the ended fleet still change this object,
     * and not the new one.
     */
    FleetConnection reset() {
        unfollow();
        return new FleetConnection(wanted);
    }

    /** Keeps the registration of a listener, and ends an earlier one. */
    void follow(Registration runstateListener) {
        unfollow();
        runstates = runstateListener;
    }

    /** Keeps the registration of a listener to events; null if events are not shared. */
    void share(@Nullable Registration eventListener) {
        events = eventListener;
    }

    void unfollow() {
        if (runstates != null) {
            runstates.close();
            runstates = null;
        }
        if (events != null) {
            events.close();
            events = null;
        }
    }
}

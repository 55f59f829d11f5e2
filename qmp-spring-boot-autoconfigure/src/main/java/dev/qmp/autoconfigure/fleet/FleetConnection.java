package dev.qmp.autoconfigure.fleet;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.protocol.Registration;
import org.jspecify.annotations.Nullable;

/** A connection that this instance knows. Written on the fleet's thread only; the phase may be read by any. */
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
    private long retryAt;
    private @Nullable Throwable failure;
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
        phase = next;
        if (next != Phase.YIELDED) {
            failure = null;
        }
    }

    /** {@return whether this instance makes sessions, or has one} */
    boolean isHeld() {
        return phase == Phase.HELD || phase == Phase.YIELDED;
    }

    /**
     * {@return whether commands go to this instance's client} After it has drained, another may hold the connection.
     */
    boolean isHeldOrDraining() {
        return isHeld() || phase == Phase.RELEASING;
    }

    void yieldUntil(long nanoTime, Throwable reason) {
        phase = Phase.YIELDED;
        retryAt = nanoTime;
        failure = reason;
    }

    boolean isRetryDue() {
        return phase == Phase.YIELDED && System.nanoTime() - retryAt >= 0;
    }

    /** {@return why the client is stopped; null unless it has yielded} */
    @Nullable
    Throwable failure() {
        return failure;
    }

    void follow(Registration runstateListener, @Nullable Registration eventListener) {
        runstates = runstateListener;
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

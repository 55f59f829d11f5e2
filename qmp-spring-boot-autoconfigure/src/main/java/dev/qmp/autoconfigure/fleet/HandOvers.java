package dev.qmp.autoconfigure.fleet;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.error.Text;
import dev.qmp.protocol.PeerBusyException;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Brings what this instance holds in line with what it should hold. Each row is a state of a connection and what a
 * turn does:
 *
 * <pre>
 * claim      chosen     this instance
 * ours       ours       starts the client, once
 * ours       another    drains, disconnects, then releases the claim
 * another's  ours       waits for the release; takes the claim of an instance that is lost
 * another's  another    stops a client that it may have started before clusters merged
 * released   ours       takes the claim, then starts the client
 * </pre>
 *
 * <p>A turn also stops the client of a connection that is not held here, if the application has started it.
 *
 * <p>Thread safety: all methods and all changes of a {@link Phase} are on the fleet's thread.
 */
final class HandOvers {

    private static final SafeLog LOGGER = SafeLog.of(HandOvers.class);

    /**
     * The number of claims that are written at a time. It occupies all threads, and is small, so that the first clients
     * start early.
     */
    private static final int BATCH = 256;

    private final String me;
    private final Placement placement;
    private final Claims claims;
    private final StateReports reports;
    private final FleetThreads threads;
    private final Turns turns;
    private final Duration retryHeld;
    private final Function<FleetConnection, @Nullable Registration> sharing;
    /** Sends the kept commands of a connection. */
    private final Consumer<String> moved;

    private int taken;
    private int released;

    HandOvers(
            String me,
            Placement placement,
            Claims claims,
            StateReports reports,
            FleetThreads threads,
            Turns turns,
            Duration retryHeld,
            Function<FleetConnection, @Nullable Registration> sharing,
            Consumer<String> moved) {
        this.me = me;
        this.placement = placement;
        this.claims = claims;
        this.reports = reports;
        this.threads = threads;
        this.turns = turns;
        this.retryHeld = retryHeld;
        this.sharing = sharing;
        this.moved = moved;
    }

    // ------------------------------------------------------------------ a turn

    void move(Collection<FleetConnection> due) {
        FleetThreads.assertOnState();
        List<FleetConnection> all = List.copyOf(due);
        for (int from = 0; from < all.size(); from += BATCH) {
            moveBatch(all.subList(from, Math.min(from + BATCH, all.size())));
        }
    }

    /** Writes the due claims in parallel, because each write waits for the cluster, and then moves the clients. */
    private void moveBatch(List<FleetConnection> some) {
        Set<String> chosen = new HashSet<>();
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (FleetConnection connection : some) {
            if (placement.isChosen(connection)) {
                chosen.add(connection.name());
            }
            Runnable write = dueClaim(connection, chosen.contains(connection.name()));
            if (write != null) {
                writes.add(CompletableFuture.runAsync(write, threads.claims()));
            }
        }
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
        if (threads.state().isShutdown()) {
            return; // the fleet has stopped during the writes, and its stop disconnects the clients
        }
        for (FleetConnection connection : some) {
            guarded(connection, () -> step(connection, chosen.contains(connection.name())));
        }
    }

    /** {@return the write that the connection's claim needs; null if none} It runs on another thread. */
    private @Nullable Runnable dueClaim(FleetConnection connection, boolean chosen) {
        String name = connection.name();
        boolean ours = placement.isOurs(connection);
        String lostOwner = placement.lostOwner(connection);
        Runnable release = () -> claims.release(name, me);
        Runnable take = () -> claims.take(name, me, lostOwner);
        return switch (connection.phase()) {
            case OFF -> chosen == ours ? null : chosen ? take : release;
            case HELD, YIELDED -> chosen && !ours ? take : null; // lost in a merge: the other one releases it
            case RELEASING -> null;
            case DRAINED -> reports.isWriting(name) ? null : release; // the next owner's report comes after ours
        };
    }

    private void step(FleetConnection connection, boolean chosen) {
        boolean ours = placement.isOurs(connection);
        switch (connection.phase()) {
            case OFF -> {
                if (chosen && ours) {
                    hold(connection);
                } else if (isStarted(connection.client())) {
                    endForeignStart(connection);
                }
            }
            case HELD, YIELDED -> {
                if (!chosen) {
                    release(connection);
                } else if (ours && connection.isRetryDue()) {
                    start(connection);
                }
            }
            case RELEASING -> {}
            case DRAINED -> {
                if (!ours && !reports.isWriting(connection.name())) {
                    connection.unfollow();
                    connection.phase(Phase.OFF);
                    released++;
                    moved.accept(connection.name());
                }
            }
        }
    }

    // ------------------------------------------------------------------ one connection

    private void hold(FleetConnection connection) {
        connection.follow(connection.client().addRunstateListener(change -> runstateChanged(connection, change)));
        connection.share(sharing.apply(connection));
        start(connection);
        taken++;
        reports.due(connection.name());
        moved.accept(connection.name()); // the client may have had a session already
    }

    /** Starts the client. If that fails, such as for want of memory, a later turn tries again. */
    private void start(FleetConnection connection) {
        connection.phase(Phase.HELD);
        try {
            connection.client().start();
        } catch (Throwable e) {
            connection.failed(System.nanoTime() + retryHeld.toNanos(), e);
            reports.due(connection.name());
            LOGGER.warn(
                    "QMP connection '" + Text.printable(connection.name())
                            + "' could not be started. The next attempt begins in " + retryHeld.toSeconds() + " s",
                    e);
        }
    }

    private static boolean isStarted(QmpClient client) {
        Runstate runstate = client.runstate();
        return runstate == Runstate.CONNECTING
                || runstate == Runstate.RUNNING
                || client.status().reconnecting();
    }

    /** Disconnects a client that the application has started itself. It would keep the monitor from the owner. */
    private static void endForeignStart(FleetConnection connection) {
        connection.client().disconnect();
        LOGGER.warn("QMP connection '" + Text.printable(connection.name())
                + "': the client was started although this instance does not hold the machine, and is disconnected");
    }

    private void release(FleetConnection connection) {
        connection.phase(Phase.RELEASING);
        try {
            connection
                    .client()
                    .disconnect()
                    .whenComplete((nothing, failure) -> onState(connection, () -> drained(connection)));
        } catch (Throwable e) {
            connection.failed(System.nanoTime() + retryHeld.toNanos(), e); // still held; a later turn tries again
            throw e;
        }
    }

    private void drained(FleetConnection connection) {
        FleetThreads.assertOnState();
        if (connection.phase() == Phase.RELEASING) {
            connection.phase(Phase.DRAINED);
            turns.wake(); // the turn releases the claim
        }
    }

    /** Starts a client again that is held, because the application or an operator wants a session once more. */
    void restart(FleetConnection connection) {
        FleetThreads.assertOnState();
        if (connection.isHeld()) {
            start(connection);
        }
    }

    /** Forgets a connection whose client is closed. */
    void drop(FleetConnection connection) {
        FleetThreads.assertOnState();
        connection.unfollow();
        connection.phase(Phase.OFF);
        claims.release(connection.name(), me);
    }

    /**
     * Disconnects the clients, and leaves the claims as they are, because the cluster is gone.
     *
     * @return the number of connections that were not {@link Phase#OFF}
     */
    int disconnectAll(Collection<FleetConnection> connections) {
        FleetThreads.assertOnState();
        int dropped = 0;
        for (FleetConnection connection : connections) {
            if (connection.phase() != Phase.OFF) {
                dropped++;
                connection.unfollow();
                connection.phase(Phase.OFF);
                guarded(connection, connection.client()::disconnect);
            }
        }
        return dropped;
    }

    // ------------------------------------------------------------------ sessions

    /** On a thread of the client. */
    private void runstateChanged(FleetConnection connection, RunstateChange change) {
        reports.due(connection.name());
        turns.wake();
        if (change.current() == Runstate.RUNNING || change.cause() != null) {
            connection.arrived();
            moved.accept(connection.name());
        }
        if (change.current() == Runstate.IDLE && isHeldByAnother(change.cause())) {
            onState(connection, () -> stepAside(connection, change.cause()));
        }
    }

    /**
     * A monitor accepts a second client, and is silent to it until the first one has gone. For a third client, the
     * system reports that the monitor is busy: the connection that timed out still counts as the second one.
     */
    static boolean isHeldByAnother(@Nullable Throwable cause) {
        return cause instanceof PeerBusyException
                || (cause instanceof QmpConnectException failure
                        && failure.isRetryable()
                        && (failure.phase() == HandshakePhase.GREETING
                                || failure.phase() == HandshakePhase.NEGOTIATION));
    }

    /** Yields to another client, unless there was a later attempt, which may have succeeded. */
    private void stepAside(FleetConnection connection, @Nullable Throwable cause) {
        FleetThreads.assertOnState();
        boolean isLast = connection.client().status().lastError() == cause;
        if (connection.phase() == Phase.HELD && cause != null && isLast) {
            connection.yieldUntil(System.nanoTime() + retryHeld.toNanos(), cause);
            connection.client().disconnect();
            reports.due(connection.name());
            LOGGER.warn("QMP connection '" + Text.printable(connection.name())
                    + "': another client may hold this monitor. The next attempt begins in "
                    + retryHeld.toSeconds() + " s: " + Text.messageOf(cause));
            turns.wake();
        }
    }

    private void onState(FleetConnection connection, Runnable task) {
        try {
            threads.state().execute(() -> guarded(connection, task));
        } catch (RejectedExecutionException e) {
            LOGGER.debug("The fleet has stopped before a change of " + Text.printable(connection.name()), e);
        }
    }

    /** Runs a step of one connection. If its client throws, such as one of the application's own, the others go on. */
    private static void guarded(FleetConnection connection, Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            LOGGER.warn(
                    "QMP connection '" + Text.printable(connection.name()) + "': a step of its hand-over failed", e);
        }
    }

    // ------------------------------------------------------------------ the log

    void summarize(Collection<FleetConnection> connections) {
        FleetThreads.assertOnState();
        if (taken + released > 0) {
            long held = connections.stream().filter(FleetConnection::isHeld).count();
            LOGGER.info("QMP fleet: " + taken + " connections taken, " + released + " released; this instance holds "
                    + held + " of " + connections.size() + ", "
                    + placement.liveIds().size() + " instances");
            taken = 0;
            released = 0;
        }
    }
}

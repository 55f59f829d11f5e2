package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.autoconfigure.fleet.Claims.Claim;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.autoconfigure.fleet.Reports.Report;
import dev.qmp.error.Text;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Brings what this instance holds in line with what it should hold. It compares, for each connection, the claim with
 * the instance that {@link Rendezvous} chooses among those that know and can reach the machine:
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
 * <p>Thread safety: all state is the fleet's thread's; public methods pass work to it.
 */
final class Ownership {

    private static final Log LOGGER = LogFactory.getLog(Ownership.class);

    /** In the core's text of a failure. */
    private static final String BUSY = "the monitor is busy";

    private static final long PAUSE_MILLIS = 20;
    private static final long TICK_MILLIS = 1000;
    private static final int TICKS_TO_EVALUATION = 10;
    /** Claims written at a time: enough for all threads, and soon done, so that the first clients start early. */
    private static final int BATCH = 256;

    private static final int TICKS_TO_COMPARISON = 30;

    private final Instances instances;
    private final Claims claims;
    private final Reports reports;
    private final RemoteCommands remote;
    private final FleetThreads threads;
    private final Duration retryHeld;
    private final Duration settleTime;
    private final Function<FleetConnection, @Nullable Registration> sharing;
    private final Map<String, FleetConnection> connections;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();

    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicBoolean everythingChanged = new AtomicBoolean(true);
    private final AtomicBoolean compareDue = new AtomicBoolean();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private final Set<String> reportDue = ConcurrentHashMap.newKeySet();
    private volatile Set<String> liveIds = Set.of();
    /** Every instance that was live at a look, so that one that has just joined is not taken for one that is lost. */
    private final Set<String> seenIds = ConcurrentHashMap.newKeySet();

    private boolean leaving;
    private boolean cutOff;
    /** Until when no machine moves to an instance that is new, by {@link System#nanoTime}; null if there is none. */
    private @Nullable Long settledAt;

    private int ticks;
    private int taken;
    private int released;
    private boolean failing;

    Ownership(
            Instances instances,
            Claims claims,
            Reports reports,
            RemoteCommands remote,
            FleetThreads threads,
            Duration retryHeld,
            Duration settleTime,
            Function<FleetConnection, @Nullable Registration> sharing,
            Map<String, FleetConnection> connections) {
        this.instances = instances;
        this.claims = claims;
        this.reports = reports;
        this.remote = remote;
        this.threads = threads;
        this.retryHeld = retryHeld;
        this.settleTime = settleTime;
        this.sharing = sharing;
        this.connections = connections;
    }

    // ------------------------------------------------------------------ what wakes it

    void start() {
        threads.state().execute(this::run);
        threads.state().scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Something has changed that can concern every connection. */
    void allChanged() {
        everythingChanged.set(true);
        wake();
    }

    /** The cluster has changed, so that events of maps may have been lost. */
    void clusterChanged() {
        compareDue.set(true);
        allChanged();
    }

    /** A claim has changed. */
    void claimChanged(String connection) {
        if (connections.containsKey(connection)) {
            changed.add(connection);
            wake();
        }
    }

    private void wake() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                threads.state().schedule(this::run, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                scheduled.set(false); // stopped
            }
        }
    }

    private void tick() {
        ticks++;
        if (ticks % TICKS_TO_COMPARISON == 0) {
            compareDue.set(true);
        }
        if (ticks % TICKS_TO_EVALUATION == 0 || failing) {
            everythingChanged.set(true);
        }
        run();
    }

    /** Adds a connection; starts its client again if this instance holds it already. */
    void add(Wanted wanted) {
        threads.state().execute(() -> {
            FleetConnection present = connections.get(wanted.name());
            if (present != null && present.client() == wanted.client() && present.phase() == Phase.HELD) {
                present.client().start();
            }
        });
        allChanged();
    }

    /** Releases a connection whose client is closed. */
    void removed(FleetConnection connection) {
        threads.state().execute(() -> {
            connection.unfollow();
            connection.phase(Phase.OFF);
            try {
                claims.release(connection.name(), instances.id());
                instances.publish(connections.keySet());
                if (chosen(connection, instances.live()) == null) {
                    claims.forget(connection.name(), instances.id());
                    reports.forget(connection.name());
                }
            } catch (RuntimeException e) {
                failed(e);
            }
        });
    }

    /** Runs what follows a merge of clusters on the fleet's thread, because it waits for the cluster. */
    void afterMerge(Runnable task) {
        threads.state().execute(() -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                failed(e);
            }
        });
    }

    /** {@return completes when all connections are released} */
    CompletableFuture<Void> leave() {
        threads.state().execute(() -> {
            leaving = true;
            try {
                instances.leave();
            } catch (RuntimeException e) {
                failed(e);
            }
            everythingChanged.set(true);
            run();
        });
        return drained;
    }

    /** Hazelcast has ended: other instances take over, so this one must let go. */
    void cutOff() {
        threads.state().execute(() -> {
            cutOff = true;
            int dropped = 0;
            for (FleetConnection connection : connections.values()) {
                if (connection.phase() != Phase.OFF) {
                    dropped++;
                    connection.unfollow();
                    connection.phase(Phase.OFF);
                    connection.client().disconnect();
                }
            }
            drained.complete(null);
            if (dropped > 0) {
                LOGGER.warn("QMP fleet: Hazelcast has ended in this instance, which lets go of " + dropped
                        + " connections. Restart the application to take part again");
            }
        });
    }

    /** {@return whether the instance belonged to the cluster at the last look, or has joined since} */
    boolean isLive(String instance) {
        return liveIds.contains(instance) || !seenIds.contains(instance);
    }

    // ------------------------------------------------------------------ the comparison

    private void run() {
        scheduled.set(false);
        if (cutOff) {
            return;
        }
        try {
            compareIfDue();
            instances.publish(connections.keySet());
            List<Instance> live = instances.live();
            Set<String> ids = new HashSet<>();
            live.forEach(instance -> ids.add(instance.id()));
            if (!ids.equals(liveIds)) {
                if (!liveIds.containsAll(ids)) {
                    settle();
                }
                seenIds.addAll(ids);
                liveIds = Set.copyOf(ids);
                everythingChanged.set(true);
            }
            if (remote.failLost(liveIds)) {
                wake();
            }
            List<FleetConnection> due = List.copyOf(due());
            for (int from = 0; from < due.size(); from += BATCH) {
                move(due.subList(from, Math.min(from + BATCH, due.size())), live);
            }
            writeReports();
            failing = false;
        } catch (RuntimeException e) {
            failed(e);
        }
        summarize();
        if (leaving && connections.values().stream().allMatch(connection -> connection.phase() == Phase.OFF)) {
            drained.complete(null);
        }
    }

    /** Has machines wait until no instance has been new for a while. Those of a lost instance do not wait. */
    private void settle() {
        if (settleTime.isZero()) {
            return;
        }
        settledAt = System.nanoTime() + settleTime.toNanos();
        threads.state()
                .schedule(
                        () -> {
                            if (settledAt != null && System.nanoTime() - settledAt >= 0) {
                                settledAt = null;
                                allChanged();
                            }
                        },
                        settleTime.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private void compareIfDue() {
        if (compareDue.getAndSet(false)) {
            try {
                instances.compare();
                claims.compare();
                reports.compare();
                reportDue.addAll(connections.keySet());
            } catch (RuntimeException e) {
                compareDue.set(true);
                throw e;
            }
        } else {
            instances.refresh();
        }
    }

    private Collection<FleetConnection> due() {
        if (everythingChanged.getAndSet(false)) {
            changed.clear();
            return connections.values();
        }
        Set<FleetConnection> due = new LinkedHashSet<>();
        for (String name : taken(changed)) {
            FleetConnection connection = connections.get(name);
            if (connection != null) {
                due.add(connection);
            }
        }
        for (FleetConnection connection : connections.values()) {
            if (connection.isRetryDue() || connection.phase() == Phase.DRAINED) {
                due.add(connection);
            }
        }
        return due;
    }

    /** {@return the names in the set, which are no longer in it} A name that comes back meanwhile stays. */
    private static List<String> taken(Set<String> names) {
        List<String> taken = List.copyOf(names);
        taken.forEach(names::remove);
        return taken;
    }

    /** {@return the instance that should hold a connection; null if none can} */
    private @Nullable String chosen(FleetConnection connection, List<Instance> live) {
        List<String> candidates = new ArrayList<>();
        for (Instance instance : live) {
            if (!instance.leaving()
                    && reaches(instance, connection.wanted().reachableFrom())
                    && instances.knows(instance, connection.name())) {
                candidates.add(instance.id());
            }
        }
        return Rendezvous.choose(connection.name(), candidates);
    }

    private static boolean reaches(Instance instance, List<String> reachableFrom) {
        return reachableFrom.isEmpty() || reachableFrom.stream().anyMatch(instance.labels()::contains);
    }

    /**
     * Writes the claims that are due, all at the same time, because each waits for the cluster; then moves the clients.
     */
    private void move(List<FleetConnection> some, List<Instance> live) {
        Set<String> toBeOurs = new HashSet<>();
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (FleetConnection connection : some) {
            if (isToBeOurs(connection, live)) {
                toBeOurs.add(connection.name());
            }
            Runnable write = dueClaim(connection, toBeOurs.contains(connection.name()));
            if (write != null) {
                writes.add(CompletableFuture.runAsync(write, threads.claims()));
            }
        }
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
        for (FleetConnection connection : some) {
            step(connection, toBeOurs.contains(connection.name()));
        }
    }

    private boolean isToBeOurs(FleetConnection connection, List<Instance> live) {
        Claim claim = claims.of(connection.name());
        boolean isLost = claim != null && !liveIds.contains(claim.owner());
        if (settledAt != null && !isLost && !leaving) {
            return isOurs(connection) || connection.isHeld(); // the other half's claim may have won a merge
        }
        String chosen = chosen(connection, live);
        return instances.id().equals(chosen) || (isOurs(connection) && chosen == null && !leaving);
    }

    private boolean isOurs(FleetConnection connection) {
        Claim claim = claims.of(connection.name());
        return claim != null && claim.isHeld() && claim.owner().equals(instances.id());
    }

    /** {@return writes what is to be written of a connection's claim; null if nothing is} */
    private @Nullable Runnable dueClaim(FleetConnection connection, boolean toBeOurs) {
        boolean ours = isOurs(connection);
        Runnable release = () -> claims.release(connection.name(), instances.id());
        Runnable take = () -> take(connection);
        return switch (connection.phase()) {
            case OFF -> toBeOurs == ours ? null : toBeOurs ? take : release;
            case HELD, YIELDED -> toBeOurs && !ours ? take : null; // lost in a merge: the other one releases it
            case RELEASING -> null;
            case DRAINED -> reports.isWriting(connection.name()) ? null : release; // the next owner's comes after it
        };
    }

    private void step(FleetConnection connection, boolean toBeOurs) {
        boolean ours = isOurs(connection);
        switch (connection.phase()) {
            case OFF -> {
                if (toBeOurs && ours) {
                    hold(connection);
                }
            }
            case HELD, YIELDED -> {
                if (!toBeOurs) {
                    release(connection);
                } else if (ours && connection.isRetryDue()) {
                    connection.phase(Phase.HELD);
                    connection.client().start();
                }
            }
            case RELEASING -> {}
            case DRAINED -> {
                if (!ours && !reports.isWriting(connection.name())) {
                    connection.unfollow();
                    connection.phase(Phase.OFF);
                    released++;
                }
            }
        }
    }

    private void take(FleetConnection connection) {
        Claim claim = claims.of(connection.name());
        boolean lost = claim != null && !liveIds.contains(claim.owner());
        claims.take(connection.name(), instances.id(), lost);
    }

    private void hold(FleetConnection connection) {
        Registration runstates = connection.client().addRunstateListener(change -> runstateChanged(connection, change));
        connection.follow(runstates, sharing.apply(connection));
        connection.phase(Phase.HELD);
        taken++;
        reportDue.add(connection.name());
        try {
            connection.client().start();
        } catch (RuntimeException e) {
            LOGGER.warn("QMP connection '" + Text.printable(connection.name()) + "' could not be started", e);
        }
    }

    private void release(FleetConnection connection) {
        connection.phase(Phase.RELEASING);
        connection.client().disconnect().whenComplete((nothing, failure) -> {
            try {
                threads.state().execute(() -> {
                    if (connection.phase() == Phase.RELEASING) {
                        connection.phase(cutOff ? Phase.OFF : Phase.DRAINED);
                        wake(); // which releases the claim
                    }
                });
            } catch (RejectedExecutionException e) {
                LOGGER.debug("A connection was released after the fleet had stopped", e);
            }
        });
    }

    // ------------------------------------------------------------------ sessions

    private void runstateChanged(FleetConnection connection, RunstateChange change) {
        reportDue.add(connection.name());
        wake();
        if (change.current() == Runstate.IDLE && isHeldByAnother(change.cause())) {
            Throwable cause = change.cause();
            try {
                threads.state().execute(() -> stepAside(connection, cause));
            } catch (RejectedExecutionException e) {
                LOGGER.debug("A connection yielded after the fleet had stopped", e);
            }
        }
    }

    /**
     * A monitor accepts a second client, and is silent to it until the first one has gone. A third one is told by the
     * system that the monitor is busy: the connection that was given up counts as the second one.
     */
    private static boolean isHeldByAnother(@Nullable Throwable cause) {
        return cause instanceof QmpConnectException failure
                && failure.isRetryable()
                && (failure.phase() == ConnectPhase.GREETING
                        || failure.phase() == ConnectPhase.NEGOTIATION
                        || (failure.phase() == ConnectPhase.TRANSPORT
                                && String.valueOf(failure.getMessage()).contains(BUSY)));
    }

    private void stepAside(FleetConnection connection, @Nullable Throwable cause) {
        if (connection.phase() == Phase.HELD && cause != null) {
            connection.yieldUntil(System.nanoTime() + retryHeld.toNanos(), cause);
            connection.client().disconnect();
            reportDue.add(connection.name());
            LOGGER.warn("QMP connection '" + Text.printable(connection.name())
                    + "': another client may hold this monitor. The next attempt begins in "
                    + retryHeld.toSeconds() + " s: " + Text.messageOf(cause));
            wake();
        }
    }

    private void writeReports() {
        Map<String, Report> due = new LinkedHashMap<>();
        for (String name : taken(reportDue)) {
            FleetConnection connection = connections.get(name);
            if (reports.isWriting(name)) {
                reportDue.add(name); // the end of that wakes this
            } else if (connection != null && connection.phase() != Phase.OFF) {
                due.put(
                        name,
                        Report.of(
                                instances.id(),
                                connection.client().status(),
                                connection.phase() == Phase.YIELDED,
                                connection.failure()));
            }
        }
        reports.write(due, this::written);
    }

    private void written(String name, boolean failed) {
        FleetConnection connection = connections.get(name);
        if (failed) {
            reportDue.add(name); // with the next tick
        } else if (reportDue.contains(name) || (connection != null && connection.phase() == Phase.DRAINED)) {
            wake();
        }
    }

    // ------------------------------------------------------------------ the log

    private void failed(RuntimeException e) {
        everythingChanged.set(true);
        if (!failing) {
            failing = true;
            LOGGER.warn("QMP fleet: the cluster cannot be reached now; tried again each second", e);
        }
    }

    private void summarize() {
        if (taken + released > 0) {
            long held = connections.values().stream()
                    .filter(FleetConnection::isHeld)
                    .count();
            LOGGER.info("QMP fleet: " + taken + " connections taken, " + released + " released; this instance holds "
                    + held + " of " + connections.size() + ", " + liveIds.size() + " instances");
            taken = 0;
            released = 0;
        }
    }
}

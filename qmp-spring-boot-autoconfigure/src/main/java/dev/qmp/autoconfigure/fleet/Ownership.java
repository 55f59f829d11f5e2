package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.autoconfigure.fleet.Claims.Claim;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.protocol.Registration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The part of this instance in the agreement, from a start to the next stop. {@link Turns} decides when a turn runs,
 * {@link Placement} which instance should hold a connection, {@link HandOvers} moves claims and clients, and
 * {@link StateReports} reports their state.
 *
 * <p>Thread safety: all state is the fleet's thread's; public methods pass work to it.
 */
final class Ownership {

    private static final SafeLog LOGGER = SafeLog.of(Ownership.class);

    private final Instances instances;
    private final Claims claims;
    private final Reports reports;
    private final RemoteCommands remote;
    private final FleetThreads threads;
    private final QmpFleetProperties properties;
    private final Map<String, FleetConnection> connections;
    private final Turns turns;
    private final Placement placement;
    private final StateReports stateReports;
    private final HandOvers handOvers;
    private final Consumer<String> moved;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();

    private boolean leaving;
    private boolean cutOff;

    Ownership(
            Instances instances,
            Claims claims,
            Reports reports,
            RemoteCommands remote,
            FleetThreads threads,
            QmpFleetProperties properties,
            Function<FleetConnection, @Nullable Registration> sharing,
            Consumer<String> moved,
            Map<String, FleetConnection> connections) {
        this.instances = instances;
        this.claims = claims;
        this.reports = reports;
        this.remote = remote;
        this.threads = threads;
        this.properties = properties;
        this.connections = connections;
        this.moved = moved;
        this.turns = new Turns(threads, this::turn);
        this.placement = new Placement(instances, claims, properties.getSettleTime());
        this.stateReports = new StateReports(instances.id(), reports, connections, turns);
        this.handOvers = new HandOvers(
                instances.id(),
                placement,
                claims,
                stateReports,
                threads,
                turns,
                properties.getRetryHeld(),
                sharing,
                moved);
    }

    // ------------------------------------------------------------------ from any thread

    void start() {
        turns.start();
    }

    /** An instance has changed its description, which can concern every connection. */
    void instanceChanged() {
        turns.everythingChanged();
    }

    /** The cluster has changed, so that events of maps may have been lost. */
    void clusterChanged() {
        turns.clusterChanged();
    }

    /** The claim of a connection has changed. */
    void claimChanged(String connection) {
        if (connections.containsKey(connection)) {
            turns.changed(connection);
        }
    }

    /** Adds a connection; starts its client again if this instance holds it already. */
    void add(Wanted wanted) {
        execute(() -> {
            FleetConnection present = connections.get(wanted.name());
            if (present != null && present.client() == wanted.client()) {
                handOvers.restart(present);
            }
        });
        turns.everythingChanged();
    }

    /** Starts the client of a connection again, unless the connection has been released meanwhile. */
    void restart(FleetConnection connection) {
        execute(() -> handOvers.restart(connection));
    }

    /** Releases a connection whose client is closed, and forgets it if no instance can hold it. */
    void removed(FleetConnection connection) {
        onState(() -> {
            handOvers.drop(connection);
            instances.publish(connections.keySet());
            lookAtInstances();
            if (placement.chosen(connection) == null) {
                claims.forget(connection.name(), instances.id());
                reports.forget(connection.name());
            }
        });
    }

    /** Runs what follows a merge of clusters on the fleet's thread, because it waits for the cluster. */
    void afterMerge(Runnable task) {
        onState(task);
    }

    /** {@return completes when all connections are released} */
    CompletableFuture<Void> leave() {
        threads.state().execute(() -> {
            leaving = true;
            placement.leave();
            try {
                instances.leave();
            } catch (RuntimeException e) {
                turns.failed(e);
            }
            turns.lookAtEverything();
            turn();
        });
        return drained;
    }

    /** {@return completes when the other instances send nothing more to this one, or are gone} */
    CompletableFuture<Void> announceLeaving() {
        return CompletableFuture.supplyAsync(this::others, threads.state()).thenCompose(remote::announceLeaving);
    }

    /**
     * {@return the other live instances, after a new comparison with the map} An instance that is published later reads
     * the claims after this instance has released its own, so it sends no request to this instance.
     */
    private Set<String> others() {
        if (cutOff) {
            return Set.of();
        }
        instances.compare();
        lookAtInstances();
        Set<String> others = new HashSet<>(placement.liveIds());
        others.remove(instances.id());
        return others;
    }

    /** Ends all sessions after the end of Hazelcast, because other instances take over. */
    void cutOff() {
        remote.end("Hazelcast has ended in this instance");
        threads.state().execute(() -> {
            cutOff = true;
            int dropped = handOvers.disconnectAll(connections.values());
            drained.complete(null);
            if (dropped > 0) {
                LOGGER.warn("QMP fleet: Hazelcast has ended in this instance, which disconnects " + dropped
                        + " connections. Restart the application to take part again");
            }
        });
    }

    /** {@return whether the instance belongs to the cluster, and has not left the fleet} */
    boolean isLive(String instance) {
        return placement.isLive(instance) && !remote.hasLeft(instance);
    }

    private void onState(Runnable task) {
        execute(() -> {
            try {
                task.run();
            } catch (Throwable e) {
                turns.failed(e);
            }
        });
    }

    /** A stop of the fleet releases all connections, and the next start takes those that exist then. */
    private void execute(Runnable task) {
        try {
            threads.state().execute(task);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("The fleet has stopped before a change of a connection", e);
        }
    }

    // ------------------------------------------------------------------ a turn

    private void turn() {
        turns.begin();
        if (cutOff) {
            return;
        }
        try {
            followMaps();
            instances.publish(connections.keySet());
            lookAtInstances();
            if (remote.failLost(placement.liveIds())) {
                turns.wake();
            }
            handOvers.move(due());
            stateReports.write();
            turns.succeeded();
        } catch (Throwable e) { // an Error would end the ticks for ever
            turns.failed(e);
        }
        handOvers.summarize(connections.values());
        if (leaving && connections.values().stream().allMatch(connection -> connection.phase() == Phase.OFF)) {
            drained.complete(null);
        }
    }

    private void followMaps() {
        if (!turns.takeComparison()) {
            instances.refresh();
            return;
        }
        try {
            instances.compare();
            claims.compare();
            reports.compare();
            stateReports.allDue(connections.keySet());
        } catch (RuntimeException e) {
            turns.comparisonFailed();
            throw e;
        }
    }

    private void lookAtInstances() {
        if (placement.look()) {
            turns.lookAtEverything();
            claims.connections().forEach(moved); // commands may wait for an owner that was not known yet
            if (placement.isSettling()) {
                threads.state()
                        .schedule(
                                turns::everythingChanged,
                                properties.getSettleTime().toNanos(),
                                TimeUnit.NANOSECONDS);
            }
        }
    }

    /**
     * Ends the removals of connections that have failed, because no other instance takes a claim of one that lives.
     * A merge of clusters can restore such a claim, too.
     */
    private void forgetUnknown() {
        for (String name : claims.connections()) {
            Claim claim = claims.of(name);
            if (claim != null && claim.owner().equals(instances.id()) && !connections.containsKey(name)) {
                if (claim.isHeld()) {
                    claims.release(name, instances.id());
                }
                if (!placement.isKnown(name)) {
                    claims.forget(name, instances.id());
                    reports.forget(name);
                }
            }
        }
    }

    private Collection<FleetConnection> due() {
        if (turns.takeEverything()) {
            forgetUnknown();
            return connections.values();
        }
        Set<FleetConnection> due = new LinkedHashSet<>();
        for (String name : turns.takeChanged()) {
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
}

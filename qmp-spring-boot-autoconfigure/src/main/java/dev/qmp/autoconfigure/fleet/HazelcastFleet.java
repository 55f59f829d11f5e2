package dev.qmp.autoconfigure.fleet;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.ConnectionOwnership;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.autoconfigure.fleet.Claims.Claim;
import dev.qmp.autoconfigure.fleet.Reports.Report;
import dev.qmp.error.MappingException;
import dev.qmp.error.ResultException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.spring.BlockingQmpFleet;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpMachine;
import dev.qmp.spring.QmpOwnerChangedEvent;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.JsonNode;

/**
 * The fleet on Hazelcast: which instance holds which connection, what the others report, and the way to their machines.
 * It starts after the clients' own lifecycle and stops before it, so that everything is handed over in order.
 */
final class HazelcastFleet implements QmpFleet, ConnectionOwnership, SmartLifecycle {

    private static final SafeLog LOGGER = SafeLog.of(HazelcastFleet.class);

    /** The wait for a turn that runs during a stop. */
    private static final Duration TURN_TIMEOUT = Duration.ofSeconds(1);

    /** The wait of a start for the end of the last stop. */
    private static final Duration WITHDRAWAL_TIMEOUT = Duration.ofSeconds(30);

    private final HazelcastInstance hazelcast;
    private final QmpFleetProperties properties;
    private final ApplicationEventPublisher publisher;
    private final Departure.Limits limits;
    private final Instances instances;
    private final Claims claims;
    private final Reports reports;
    private final Map<String, FleetConnection> connections = new ConcurrentHashMap<>();
    private final BlockingQmpFleet blocking = new DefaultBlockingQmpFleet(this);
    private volatile @Nullable Running running;
    /** The removal of this instance from Hazelcast by the last stop, which can outlast the stop's limit. */
    private volatile CompletableFuture<Void> withdrawal = CompletableFuture.completedFuture(null);

    /** What exists from a start to the next stop. */
    private record Running(
            FleetThreads threads,
            RemoteCommands remote,
            CommandRouter router,
            Ownership ownership,
            @Nullable SharedEvents events,
            UUID membership,
            UUID lifecycle) {}

    /**
     * Creates a fleet that has not started.
     *
     * @param limits of a stop
     */
    HazelcastFleet(
            HazelcastInstance hazelcast,
            QmpFleetProperties properties,
            ApplicationEventPublisher publisher,
            Departure.Limits limits) {
        this.hazelcast = hazelcast;
        this.properties = properties;
        this.publisher = publisher;
        this.limits = limits;
        String prefix = properties.getName();
        this.instances = new Instances(hazelcast, prefix, Set.copyOf(properties.getLabels()), this::instancesChanged);
        this.claims = new Claims(hazelcast.getMap(prefix + ".fleet.owners"), this::claimChanged);
        this.reports = new Reports(hazelcast.getMap(prefix + ".fleet.machines"));
    }

    // ------------------------------------------------------------------ life cycle

    @Override
    public int getPhase() {
        return 1; // after the clients' own, which is 0
    }

    @Override
    public boolean isRunning() {
        return running != null;
    }

    @Override
    public void start() {
        awaitWithdrawal();
        instances.begin();
        FleetThreads threads = new FleetThreads();
        RemoteCommands remote =
                new RemoteCommands(hazelcast, properties.getName(), instances.id(), this::executeHere, threads);
        SharedEvents events = properties.isShareEvents()
                ? new SharedEvents(this, hazelcast, properties.getName(), threads, this::publish)
                : null;
        Ownership ownership = new Ownership(
                instances,
                claims,
                reports,
                remote,
                threads,
                properties,
                connection -> events == null ? null : events.share(connection.name(), connection.client())::close,
                this::moved,
                connections);
        CommandRouter router = new CommandRouter(
                connections, claims, instances, ownership::isLive, remote, properties.getCommandWait(), threads);
        try {
            open(remote, events);
        } catch (RuntimeException e) {
            withdraw(threads, remote, events); // otherwise other instances would leave machines to this one
            threads.close();
            throw e;
        }
        UUID membership = hazelcast.getCluster().addMembershipListener(new Members(ownership));
        UUID lifecycle = hazelcast
                .getLifecycleService()
                .addLifecycleListener(event -> lifecycleChanged(ownership, events, event));
        running = new Running(threads, remote, router, ownership, events, membership, lifecycle);
        ownership.start();
    }

    /** Publishes this instance before it reads the claims. So an instance that leaves asks it to send nothing more. */
    private void open(RemoteCommands remote, @Nullable SharedEvents events) {
        remote.open();
        reports.open();
        instances.open();
        instances.publish(connections.keySet());
        claims.open();
        if (events != null) {
            events.open();
        }
    }

    @Override
    public void stop() {
        Running stopping = running;
        if (stopping == null) {
            return;
        }
        Departure departure = new Departure(stopping.ownership, stopping.router, stopping.remote, limits);
        departure.run();
        running = null;
        withdrawal = CompletableFuture.runAsync(() -> withdraw(stopping), stopping.threads.claims());
        departure.awaitCluster(withdrawal);
        stopping.threads.close();
        connections.replaceAll((name, ended) -> ended.reset());
    }

    @Override
    public void stop(Runnable callback) {
        try {
            stop();
        } finally {
            callback.run();
        }
    }

    /** Waits for the end of the last stop, which would remove what a start adds. */
    private void awaitWithdrawal() {
        try {
            withdrawal.get(WITHDRAWAL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "the last stop of the fleet has not ended: Hazelcast has not answered for "
                            + WITHDRAWAL_TIMEOUT.toSeconds() + " s",
                    e);
        } catch (ExecutionException e) {
            LOGGER.debug("Hazelcast had ended before the last stop of the fleet", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before the start of the fleet", e);
        }
    }

    private void withdraw(Running stopping) {
        try {
            hazelcast.getCluster().removeMembershipListener(stopping.membership);
            hazelcast.getLifecycleService().removeLifecycleListener(stopping.lifecycle);
        } catch (HazelcastInstanceNotActiveException e) {
            LOGGER.debug("Hazelcast has removed its listeners", e);
        }
        withdraw(stopping.threads, stopping.remote, stopping.events);
    }

    /** Removes this instance from Hazelcast, after the last turn, which could publish it again. */
    private void withdraw(FleetThreads threads, RemoteCommands remote, @Nullable SharedEvents events) {
        threads.endTurns(TURN_TIMEOUT);
        try {
            if (events != null) {
                events.close();
            }
            instances.close();
            remote.close();
            claims.close();
            reports.close();
        } catch (RuntimeException e) {
            LOGGER.info("QMP fleet: Hazelcast had ended before this instance left the fleet: " + Text.messageOf(e));
        }
    }

    private void lifecycleChanged(Ownership ownership, @Nullable SharedEvents events, LifecycleEvent event) {
        if (event.getState() == LifecycleState.MERGED) {
            LOGGER.info("QMP fleet: clusters have merged");
            ownership.clusterChanged();
            if (events != null) {
                ownership.afterMerge(events::merged);
            }
        } else if (event.getState() == LifecycleState.SHUTDOWN) {
            ownership.cutOff();
            if (events != null) {
                events.end();
            }
        }
    }

    /** Follows the members of the cluster. */
    private static final class Members implements MembershipListener {

        private final Ownership ownership;

        Members(Ownership ownership) {
            this.ownership = ownership;
        }

        @Override
        public void memberAdded(MembershipEvent event) {
            ownership.clusterChanged();
        }

        @Override
        public void memberRemoved(MembershipEvent event) {
            ownership.clusterChanged();
        }
    }

    // ------------------------------------------------------------------ ownership

    @Override
    public void wanted(Wanted connection) {
        connections.compute(connection.name(), (name, present) -> {
            boolean same = present != null && present.client() == connection.client();
            return same ? present : new FleetConnection(connection);
        });
        Running now = running;
        if (now != null) {
            now.ownership.add(connection);
        }
    }

    @Override
    public boolean restart(String name, QmpClient client) {
        FleetConnection present = connections.get(name);
        if (present == null || present.client() != client) {
            return false;
        }
        Running now = running;
        if (now != null) {
            now.ownership.restart(present);
        }
        return true;
    }

    @Override
    public void removed(String name, QmpClient client) {
        FleetConnection present = connections.get(name);
        if (present != null && present.client() == client && connections.remove(name, present)) {
            Running now = running;
            if (now != null) {
                now.ownership.removed(present);
            }
        }
    }

    private void instancesChanged() {
        Running now = running;
        if (now != null) {
            now.ownership.instanceChanged();
        }
    }

    private void claimChanged(String connection, @Nullable String before, @Nullable String after) {
        Running now = running;
        if (now == null) {
            return; // claims that existed before the start are not changes
        }
        now.ownership.claimChanged(connection);
        now.router.moved(connection);
        Claim claim = after == null ? null : Claim.read(after);
        if (claim == null || !claim.isHeld()) {
            return;
        }
        Claim last = before == null ? null : Claim.read(before);
        if (last == null || !last.owner().equals(claim.owner())) {
            QmpOwnerChangedEvent event = new QmpOwnerChangedEvent(
                    this,
                    connection,
                    last == null ? null : last.owner(),
                    claim.owner(),
                    last == null ? null : last.releasedAt());
            now.threads.publish(() -> publish(event));
        }
    }

    private void publish(ApplicationEvent event) {
        try {
            publisher.publishEvent(event);
        } catch (Throwable e) {
            LOGGER.error("A listener to " + event.getClass().getSimpleName() + " failed", e);
        }
    }

    private void moved(String connection) {
        Running now = running;
        if (now != null) {
            now.router.moved(connection);
        }
    }

    // ------------------------------------------------------------------ machines

    @Override
    public String instance() {
        return instances.id();
    }

    @Override
    public Map<String, QmpMachine> machines() {
        Set<String> names = new TreeSet<>(claims.connections());
        names.addAll(connections.keySet());
        Map<String, QmpMachine> machines = new TreeMap<>();
        names.forEach(name -> machines.put(name, describe(name)));
        return machines;
    }

    @Override
    public Optional<QmpMachine> machine(String connection) {
        Objects.requireNonNull(connection, "connection");
        return isKnown(connection) ? Optional.of(describe(connection)) : Optional.empty();
    }

    private boolean isKnown(String connection) {
        return connections.containsKey(connection) || claims.of(connection) != null;
    }

    private QmpMachine describe(String name) {
        Claim claim = claims.of(name);
        String owner = claim != null && claim.isHeld() ? claim.owner() : null;
        Instance instance = owner == null ? null : instances.find(owner);
        String host = instance == null ? null : instance.host();
        Report report = reports.of(name);
        if (report == null) {
            return new QmpMachine(name, owner, host, Runstate.IDLE, null, null, null, false);
        }
        boolean current = report.owner().equals(owner);
        return new QmpMachine(
                name,
                owner,
                host,
                current ? report.runstate() : Runstate.IDLE,
                report.since(),
                report.version(),
                current ? report.error() : null,
                current && report.heldByAnother());
    }

    @Override
    public boolean isHeldHere(String connection) {
        Objects.requireNonNull(connection, "connection");
        FleetConnection present = connections.get(connection);
        return present != null && present.isHeld();
    }

    // ------------------------------------------------------------------ commands

    @Override
    public CompletableFuture<JsonNode> execute(String connection, QmpCommand command) {
        Objects.requireNonNull(connection, "connection");
        Objects.requireNonNull(command, "command");
        if (!isKnown(connection)) {
            throw new IllegalArgumentException(
                    "no instance of the fleet knows a QMP connection '" + Text.printable(connection) + "'");
        }
        Running now = running;
        return now != null
                ? now.router.execute(connection, command)
                : CommandRouter.notSent(command, CommandRouter.NOT_RUNNING);
    }

    private @Nullable CompletableFuture<JsonNode> executeHere(String connection, QmpCommand command) {
        Running now = running;
        return now == null ? null : now.router.executeHere(connection, command);
    }

    @Override
    public <R extends @Nullable Object> CompletableFuture<R> execute(String connection, TypedCommand<R> command) {
        QmpCommand untyped = command.toCommand();
        CompletableFuture<JsonNode> result = execute(connection, untyped);
        CompletableFuture<R> mapped = new CompletableFuture<>();
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                mapped.completeExceptionally(failure);
            } else {
                complete(mapped, untyped.name(), value, command);
            }
        });
        mapped.whenComplete((value, failure) -> {
            if (mapped.isCancelled()) {
                result.cancel(false);
            }
        });
        return mapped;
    }

    private static <R extends @Nullable Object> void complete(
            CompletableFuture<R> mapped, String name, JsonNode value, TypedCommand<R> command) {
        try {
            mapped.complete(command.readResult(value));
        } catch (MappingException e) {
            mapped.completeExceptionally(new ResultException(name, e));
        } catch (Throwable e) { // the application's code
            String reader = command.getClass().getName() + "#readResult failed";
            mapped.completeExceptionally(new ResultException(name, new MappingException(reader, e)));
        }
    }

    @Override
    public BlockingQmpFleet blocking() {
        return blocking;
    }

    /** {@return this instance's client of a machine, if a command would go to it at once} */
    @Nullable
    QmpClient localClient(String connection) {
        Running now = running;
        return now == null ? null : now.router.clientHere(connection);
    }
}

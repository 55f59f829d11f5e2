package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.fleet.Claims.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decides which instance should hold a connection: the one that {@link Rendezvous} chooses among the live instances
 * that know the connection and can reach its machine. All instances decide alike, because they see the same list.
 *
 * <p>Thread safety: {@link #isLive} and {@link #isOurs} from any thread, all else on the fleet's thread.
 */
final class Placement {

    private final Instances instances;
    private final Claims claims;
    private final Duration settleTime;

    /** The members of the live instances, by the ids of the instances. */
    private volatile Map<String, UUID> liveMembers = Map.of();

    private List<Instance> live = List.of();
    /**
     * The {@link System#nanoTime} until which no machine moves to a new instance; null if no new instance is awaited.
     */
    private @Nullable Long settledAt;

    private boolean leaving;

    Placement(Instances instances, Claims claims, Duration settleTime) {
        this.instances = instances;
        this.claims = claims;
        this.settleTime = settleTime;
    }

    /** {@return whether the live instances have changed since the last look} */
    boolean look() {
        FleetThreads.assertOnState();
        live = instances.live();
        Map<String, UUID> members = new HashMap<>();
        live.forEach(instance -> members.put(instance.id(), instance.member()));
        if (settledAt != null && System.nanoTime() - settledAt >= 0) {
            settledAt = null;
        }
        if (members.equals(liveMembers)) {
            return false;
        }
        if (!liveIds().containsAll(members.keySet()) && !settleTime.isZero()) {
            settledAt = System.nanoTime() + settleTime.toNanos();
        }
        liveMembers = Map.copyOf(members);
        return true;
    }

    /** {@return whether machines wait before they move to new instances} */
    boolean isSettling() {
        FleetThreads.assertOnState();
        return settledAt != null;
    }

    /** Makes this instance keep no connection from now on. */
    void leave() {
        FleetThreads.assertOnState();
        leaving = true;
    }

    Set<String> liveIds() {
        return liveMembers.keySet();
    }

    /** {@return whether the instance belongs to the cluster now} It can have joined or left since the last look. */
    boolean isLive(String instance) {
        UUID member = liveMembers.get(instance);
        if (member == null) {
            Instance joined = instances.find(instance);
            member = joined == null ? null : joined.member();
        }
        return member != null && instances.isMember(member);
    }

    /** {@return whether this instance has the claim} */
    boolean isOurs(FleetConnection connection) {
        Claim claim = claims.of(connection.name());
        return claim != null && claim.isHeld() && claim.owner().equals(instances.id());
    }

    /** {@return the last owner, if it has left the cluster; otherwise null} One that has joined since is live. */
    @Nullable
    String lostOwner(FleetConnection connection) {
        Claim claim = claims.of(connection.name());
        if (claim == null || liveIds().contains(claim.owner()) || isLive(claim.owner())) {
            return null;
        }
        return claim.owner();
    }

    /**
     * {@return whether this instance should hold the connection} Within the settle time after an instance has joined,
     * only machines of a lost instance move. A connection that no instance can hold stays with its owner.
     */
    boolean isChosen(FleetConnection connection) {
        FleetThreads.assertOnState();
        if (settledAt != null && !leaving && lostOwner(connection) == null) {
            return isOurs(connection) || connection.isHeld(); // the other half's claim may have won a merge
        }
        String chosen = chosen(connection);
        return instances.id().equals(chosen) || (chosen == null && isOurs(connection) && !leaving);
    }

    /** {@return whether a live instance knows the connection} */
    boolean isKnown(String connection) {
        FleetThreads.assertOnState();
        return live.stream().anyMatch(instance -> instances.knows(instance, connection));
    }

    /** {@return the instance that should hold the connection; null if none can} */
    @Nullable
    String chosen(FleetConnection connection) {
        FleetThreads.assertOnState();
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
}

package dev.qmp.autoconfigure.fleet;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.autoconfigure.fleet.Claims.Claim;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.error.NotSentException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Brings a command to the machine's owner: to this instance's client, or to another instance. While the machine moves,
 * the command waits in {@link MovingCommands}.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class CommandRouter {

    static final String NOT_RUNNING = "this instance takes no part in the fleet now";

    private final Map<String, FleetConnection> connections;
    private final Claims claims;
    private final Instances instances;
    private final Predicate<String> isLive;
    private final RemoteCommands remote;
    private final Duration wait;
    private final MovingCommands moving;
    /** Since when a command has found that no instance holds a machine, by {@link System#nanoTime}. */
    private final Map<String, Long> unheldSince = new ConcurrentHashMap<>();

    private volatile boolean closed;

    /**
     * Creates the router.
     *
     * @param isLive whether an instance belongs to the cluster, and takes commands
     * @param wait how long a command waits at most while its machine moves
     */
    CommandRouter(
            Map<String, FleetConnection> connections,
            Claims claims,
            Instances instances,
            Predicate<String> isLive,
            RemoteCommands remote,
            Duration wait,
            FleetThreads threads) {
        this.connections = connections;
        this.claims = claims;
        this.instances = instances;
        this.isLive = isLive;
        this.remote = remote;
        this.wait = wait;
        this.moving = new MovingCommands(this::isMoving, this::send, wait, threads);
    }

    CompletableFuture<JsonNode> execute(String connection, QmpCommand command) {
        if (closed) {
            return notSent(command, NOT_RUNNING);
        }
        noteOwner(connection);
        return moving.execute(connection, command, timeout(connection, command));
    }

    /** {@return the outcome of another instance's command; null if this instance does not hold the machine} */
    @Nullable
    CompletableFuture<JsonNode> executeHere(String connection, QmpCommand command) {
        FleetConnection present = connections.get(connection);
        boolean here = present != null && (present.isHeld() || comes(present));
        return here && !closed ? execute(connection, command) : null;
    }

    /**
     * {@return whether this instance takes the claim now} Another one can see the claim before the client is started.
     */
    private boolean comes(FleetConnection connection) {
        Claim claim = claims.of(connection.name());
        boolean mine = claim != null && claim.owner().equals(instances.id());
        return connection.phase() == Phase.OFF && (claim == null || claim.isHeld() == mine);
    }

    /** {@return this instance's client of a machine, if a command would go to it at once} */
    @Nullable
    QmpClient clientHere(String connection) {
        FleetConnection present = connections.get(connection);
        if (closed || present == null || present.phase() != Phase.HELD || moving.isKept(connection)) {
            return null;
        }
        return present.client();
    }

    /** Sends commands that wait, because the claim or the session of a machine has changed. */
    void moved(String connection) {
        if (unheldSince.containsKey(connection) || moving.hasKept(connection)) {
            noteOwner(connection);
        }
        moving.moved(connection);
    }

    /** Notes since when a machine has no owner. Commands wait again when it has none the next time. */
    private void noteOwner(String connection) {
        if (hasOwner(connection) || !exists(connection)) {
            unheldSince.remove(connection);
        } else {
            unheldSince.putIfAbsent(connection, System.nanoTime());
        }
    }

    private boolean hasOwner(String connection) {
        FleetConnection present = connections.get(connection);
        return (present != null && present.phase() != Phase.OFF) || ownerOf(connection) != null;
    }

    private boolean exists(String connection) {
        return connections.containsKey(connection) || claims.of(connection) != null;
    }

    /** Fails the commands that wait here. Later ones are not sent. */
    void close() {
        closed = true;
        moving.close();
    }

    private boolean isMoving(String connection) {
        FleetConnection present = connections.get(connection);
        if (present != null && present.phase() != Phase.OFF) {
            return present.isMoving(wait);
        }
        if (ownerOf(connection) != null) {
            return false;
        }
        Long since = unheldSince.get(connection);
        return since == null || System.nanoTime() - since < wait.toNanos();
    }

    /** {@return the other instance that holds a machine; null if there is none} */
    private @Nullable String ownerOf(String connection) {
        Claim claim = claims.of(connection);
        if (claim == null || !claim.isHeld() || claim.owner().equals(instances.id()) || !isLive.test(claim.owner())) {
            return null;
        }
        return claim.owner();
    }

    private CompletableFuture<JsonNode> send(String connection, QmpCommand command) {
        FleetConnection present = connections.get(connection);
        if (present != null
                && present.phase() == Phase.YIELDED
                && present.client().runstate() != Runstate.RUNNING) {
            return notSent(
                    command,
                    "another client may hold the monitor of '" + Text.printable(connection)
                            + "'; the next attempt begins in "
                            + present.untilRetry().toMillis() + " ms");
        }
        if (present != null && present.phase() != Phase.OFF) {
            return present.client().execute(command);
        }
        String owner = ownerOf(connection);
        if (owner == null) {
            return notSent(
                    command, "no instance holds '" + Text.printable(connection) + "' now" + lastOwner(connection));
        }
        return remote.execute(owner, where(owner), connection, command, timeout(connection, command));
    }

    private String lastOwner(String connection) {
        Claim claim = claims.of(connection);
        return claim != null && claim.isHeld() && !isLive.test(claim.owner())
                ? "; " + where(claim.owner()) + ", which held it, is gone"
                : "";
    }

    private String where(String owner) {
        Instance instance = instances.find(owner);
        return "instance " + owner + (instance == null ? "" : " (" + instance.host() + ")");
    }

    private Duration timeout(String connection, QmpCommand command) {
        if (command.timeout() != null) {
            return command.timeout();
        }
        FleetConnection present = connections.get(connection);
        return present != null ? present.wanted().commandTimeout() : QmpClientOptions.DEFAULTS.commandTimeout();
    }

    static CompletableFuture<JsonNode> notSent(QmpCommand command, String detail) {
        return CompletableFuture.failedFuture(
                new NotSentException(command.name(), NotSentException.Reason.NOT_CONNECTED, detail, null));
    }
}

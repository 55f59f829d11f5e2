package dev.qmp.autoconfigure.fleet;

import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.error.Text;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The steps in which an instance leaves the fleet. They avoid that commands of other instances have unknown outcomes.
 * Each step has a limit, because a stop that hangs is worse than an unknown outcome.
 *
 * <ol>
 *   <li>The machines are released: their clients drain and disconnect. Requests to a released machine are refused.
 *   <li>All requests are refused. Those taken before, and the instance's own ones, get their answers.
 *   <li>The other instances confirm that they send nothing more.
 * </ol>
 */
final class Departure {

    private static final SafeLog LOGGER = SafeLog.of(Departure.class);

    private final Ownership ownership;
    private final CommandRouter router;
    private final RemoteCommands remote;
    private final Limits limits;

    /**
     * The times that the steps may take.
     *
     * @param release until all machines are released, and all requests have their answers
     * @param answers the part of {@code release} that is left for the answers after the release of the machines
     * @param confirmations until the other instances have confirmed
     * @param cluster until Hazelcast has removed the instance's entries and listeners
     */
    record Limits(Duration release, Duration answers, Duration confirmations, Duration cluster) {

        static final Limits DEFAULTS =
                new Limits(Duration.ofSeconds(25), Duration.ofSeconds(5), Duration.ofSeconds(2), Duration.ofSeconds(2));
    }

    Departure(Ownership ownership, CommandRouter router, RemoteCommands remote, Limits limits) {
        this.ownership = ownership;
        this.router = router;
        this.remote = remote;
        this.limits = limits;
    }

    /** Waits for the steps. The other instances send no request when it returns, unless a limit has passed. */
    void run() {
        long begin = System.nanoTime();
        if (!isDone(ownership.leave(), limits.release())) {
            LOGGER.warn("QMP fleet: not every connection was released within " + text(limits.release()));
        }
        router.close();
        Duration rest = limits.release().minusNanos(System.nanoTime() - begin);
        Duration answers = rest.compareTo(limits.answers()) < 0 ? rest : limits.answers();
        if (!isDone(remote.finish(), answers)) {
            LOGGER.warn("QMP fleet: this instance stops before all commands of other instances, and its own to them,"
                    + " were answered");
        }
        if (!isDone(ownership.announceLeaving(), limits.confirmations())) {
            LOGGER.info("QMP fleet: another instance did not confirm within " + text(limits.confirmations())
                    + " that it sends no more commands to this one");
        }
        remote.end(RemoteCommands.HAS_LEFT);
    }

    /** Waits until Hazelcast has removed the instance. */
    void awaitCluster(CompletableFuture<Void> removal) {
        if (!isDone(removal, limits.cluster())) {
            LOGGER.info("QMP fleet: Hazelcast has not removed this instance within " + text(limits.cluster()));
        }
    }

    /** {@return false if the limit has passed} An interrupt ends this wait, and later ones. */
    private static boolean isDone(CompletableFuture<Void> step, Duration limit) {
        try {
            step.get(Math.max(0, limit.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            LOGGER.info("QMP fleet: Hazelcast had ended before this instance left the fleet: " + Text.messageOf(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    private static String text(Duration limit) {
        return limit.toMillis() + " ms";
    }
}

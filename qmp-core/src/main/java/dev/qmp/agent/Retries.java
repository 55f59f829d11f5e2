package dev.qmp.agent;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.protocol.Runstate;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Repeats a step while the agent is away, with growing delays, until it answers or a limit passes. One step runs at a
 * time. The steps must be safe to repeat.
 */
final class Retries {

    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

    private final QmpClient client;
    private final Duration limit;
    private final boolean whileDisconnected;
    private Duration delay = FIRST_DELAY;
    private @Nullable Long failingSince;

    /**
     * Creates the retries of one task.
     *
     * @param limit how long one absence of the agent may last
     * @param whileDisconnected whether to go on while the client does not reconnect by itself, because the application
     *     may connect it again, until it closes the client
     */
    Retries(QmpClient client, Duration limit, boolean whileDisconnected) {
        this.client = client;
        this.limit = limit;
        this.whileDisconnected = whileDisconnected;
    }

    /** Runs a step on the callback executor after a delay. */
    static void later(QmpClient client, Duration delay, Runnable step) {
        CompletableFuture.delayedExecutor(
                        TimeUnit.NANOSECONDS.convert(delay), TimeUnit.NANOSECONDS, client.callbackExecutor())
                .execute(step);
    }

    /** Notes an answer of the agent. So the limit counts anew for the agent's next absence. */
    synchronized void answered() {
        failingSince = null;
        delay = FIRST_DELAY;
    }

    /**
     * Schedules the step again, if the failure allows it.
     *
     * @return whether it will run
     */
    boolean scheduled(Throwable failure, Runnable step) {
        return TaskSource.maySucceedLater(failure) && scheduledAfterAny(step);
    }

    /**
     * Schedules a step of a task that has begun again, if the failure allows it. A frozen agent counts as away.
     *
     * @return whether it will run
     */
    boolean scheduledWhileDisabled(Throwable failure, Runnable step) {
        return (TaskSource.maySucceedLater(failure) || isDisabled(failure)) && scheduledAfterAny(step);
    }

    /**
     * Schedules the step again after any failure.
     *
     * @return whether it will run
     */
    boolean scheduledAfterAny(Runnable step) {
        Duration next = nextDelay();
        if (next == null) {
            return false;
        }
        later(client, next, step);
        return true;
    }

    /**
     * {@return whether the agent has disabled the command} It disables most commands while file systems are frozen. Its
     * configuration can disable them for ever. Agents before 6.1 and since 9.2 report the same for both.
     */
    static boolean isDisabled(Throwable failure) {
        return failure instanceof RejectedException rejected
                && rejected.errorClass().equals(QmpErrorInfo.COMMAND_NOT_FOUND)
                && rejected.description().contains(" has been disabled");
    }

    private synchronized @Nullable Duration nextDelay() {
        long now = System.nanoTime();
        if (failingSince == null) {
            failingSince = now;
        }
        boolean isOver = client.isClosed() || (!whileDisconnected && isDisconnected());
        if (isOver || now - failingSince > TimeUnit.NANOSECONDS.convert(limit)) {
            return null;
        }
        Duration current = delay;
        Duration doubled = delay.multipliedBy(2);
        delay = doubled.compareTo(LONGEST_DELAY) < 0 ? doubled : LONGEST_DELAY;
        return current;
    }

    private boolean isDisconnected() {
        return client.runstate() == Runstate.IDLE && !client.status().reconnecting();
    }
}

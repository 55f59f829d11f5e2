package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.error.Text;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Spreads attempts of many clients that could begin together: at a start, or after a reload of certificates. It lives
 * from one start of the application to its next stop. 32 attempts may begin at the same moment. Beyond that, one begins
 * each millisecond, so that a fleet's hosts are not flooded.
 */
final class SpreadAttempts {

    private static final SafeLog LOGGER = SafeLog.of(SpreadAttempts.class);

    private static final long ONE_EACH = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long AT_ONCE = 32 * ONE_EACH;

    private final Predicate<ManagedClient> wanted;
    private final long begin = System.nanoTime();
    /** When the next attempt is due, in nanoseconds since the creation. Unused milliseconds allow up to 32 at once. */
    private long due = -AT_ONCE;

    private volatile boolean ended;

    /**
     * Creates the schedule with a check whether a client is still to be connected: it may be removed, or the
     * application stopped.
     */
    SpreadAttempts(Predicate<ManagedClient> wanted) {
        this.wanted = wanted;
    }

    /** Connects the client in the background when its turn comes. */
    void begin(ManagedClient client) {
        begin(client, QmpClient::start);
    }

    /** Lets the client make an attempt when its turn comes. */
    void begin(ManagedClient client, Consumer<QmpClient> attempt) {
        long delay = takeTurn();
        if (delay <= 0) {
            beginNow(client, attempt);
        } else {
            // on the timer's own thread, because it does not block: one thread per client would be too many
            CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS, Runnable::run)
                    .execute(() -> attemptLater(client, attempt));
        }
    }

    private synchronized long takeTurn() {
        long now = System.nanoTime() - begin;
        due = Math.max(due, now - AT_ONCE) + ONE_EACH;
        return due - now;
    }

    /** Logs a failure, because the timer drops it. */
    private void attemptLater(ManagedClient client, Consumer<QmpClient> attempt) {
        try {
            beginNow(client, attempt);
        } catch (Throwable e) {
            LOGGER.warn(
                    "QMP connection '" + Text.printable(client.name()) + "': an attempt to connect could not begin", e);
        }
    }

    /**
     * Lets the client make an attempt out of turn. Checks again after it, because a stop or a removal during it takes
     * precedence.
     */
    void beginNow(ManagedClient client, Consumer<QmpClient> attempt) {
        if (!ended && wanted.test(client)) {
            attempt.accept(client.client());
            if (!wanted.test(client)) {
                client.client().disconnect();
            }
        }
    }

    /** Cancels the attempts that are not yet due. */
    void end() {
        ended = true;
    }
}

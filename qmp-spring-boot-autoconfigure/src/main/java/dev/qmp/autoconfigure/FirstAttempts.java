package dev.qmp.autoconfigure;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The first attempts of clients, from one start of the application to its next stop. As many as 32 may begin at the same
 * moment; beyond, one each millisecond: a fleet is not to be stormed.
 */
final class FirstAttempts {

    private static final long ONE_EACH = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long AT_ONCE = 32 * ONE_EACH;

    private final Predicate<ManagedClient> wanted;
    private final long begin = System.nanoTime();
    /** When the next one is due, in nanoseconds from the begin; those that were not used count for as many at once. */
    private long due = -AT_ONCE;

    private volatile boolean ended;

    /** Creates them, with what tells whether a client is wanted at all: it may be removed, or everything stopped. */
    FirstAttempts(Predicate<ManagedClient> wanted) {
        this.wanted = wanted;
    }

    /** Has the client connect in the background, when it is its turn. */
    void begin(ManagedClient client) {
        long delay = takeTurn();
        if (delay <= 0) {
            attempt(client);
        } else {
            // on the timer's own thread, as this does not wait: a thread for each would be a storm of another kind
            CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS, Runnable::run)
                    .execute(() -> attempt(client));
        }
    }

    private synchronized long takeTurn() {
        long now = System.nanoTime() - begin;
        due = Math.max(due, now - AT_ONCE) + ONE_EACH;
        return due - now;
    }

    /** Looks again afterwards: a stop or a removal may have come in between, and must win. */
    private void attempt(ManagedClient client) {
        if (!ended && wanted.test(client)) {
            client.client().start();
            if (!wanted.test(client)) {
                client.client().disconnect();
            }
        }
    }

    /** Those that wait for their turn are not made any more. */
    void end() {
        ended = true;
    }
}

package dev.qmp.sample.app;

import dev.qmp.QmpClient;
import dev.qmp.error.MappingException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Follows one guest. At most one question is under way at a time, so that a slow machine is not asked to death. */
final class GuestWatch {

    private static final QmpCommand QUERY = QmpCommand.of("query-status").withTimeout(Duration.ofSeconds(10));
    private static final Duration FRESH = Duration.ofSeconds(1);

    /** A machine that takes longer is called frozen. A busy one takes longer now and then, but not at the first question. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final String connection;
    private final Consumer<GuestStatusChanged> changes;
    private @Nullable String status;
    private @Nullable Double latencyMillis;
    private long askedAt;
    private boolean asking;
    private boolean askAgain;
    /** Whether a question has been without an answer since {@code unansweredFrom}: this one, or one that timed out before. */
    private boolean unanswered;

    private long unansweredFrom;
    /** Counts up when what was asked before is of no use any more: an answer that comes late is of another session. */
    private int epoch;

    private @Nullable String published;
    private boolean publishing;

    GuestWatch(String connection, Consumer<GuestStatusChanged> changes) {
        this.connection = connection;
        this.changes = changes;
    }

    /** {@return what is known} A machine that owes an answer is at least as slow as it has taken so far. */
    synchronized GuestState state() {
        if (!unanswered) {
            return new GuestState(status, latencyMillis, null);
        }
        Duration waited = Duration.ofNanos(System.nanoTime() - unansweredFrom);
        double millis = waited.toNanos() / 1e6;
        return new GuestState(
                status,
                latencyMillis == null ? Double.valueOf(millis) : Double.valueOf(Math.max(latencyMillis, millis)),
                waited.compareTo(PATIENCE) < 0 ? null : Instant.now().minus(waited));
    }

    /** Asks, unless that was done a moment ago. */
    void refreshIfStale(QmpClient client) {
        boolean stale;
        synchronized (this) {
            stale = !asking && System.nanoTime() - askedAt > FRESH.toNanos();
        }
        if (stale) {
            refresh(client);
        }
    }

    /** Asks now; if a question is under way, its answer may be older than what made this one necessary. */
    void refresh(QmpClient client) {
        int asked;
        synchronized (this) {
            if (asking) {
                askAgain = true;
                return;
            }
            asking = true;
            askedAt = System.nanoTime();
            if (!unanswered) {
                unanswered = true;
                unansweredFrom = askedAt;
            }
            asked = epoch;
        }
        client.execute(QUERY, StatusInfo.class)
                .whenComplete((answer, failure) -> answered(client, asked, answer, failure));
    }

    private void answered(QmpClient client, int asked, @Nullable StatusInfo answer, @Nullable Throwable failure) {
        boolean again;
        synchronized (this) {
            if (asked != epoch) {
                return;
            }
            asking = false;
            // A rejection is an answer; after a deadline that has passed, the machine still owes one.
            if (failure == null || failure instanceof RejectedException || failure instanceof MappingException) {
                unanswered = false;
            }
            // A machine that is busy or gone has not changed its guest's status: only the runstate's change tells that.
            if (answer != null) {
                status = answer.status();
                latencyMillis = (System.nanoTime() - askedAt) / 1e6;
            }
            again = askAgain;
            askAgain = false;
        }
        publish();
        if (again) {
            refresh(client);
        }
    }

    /** The session is over: nobody knows any more. */
    void forget() {
        synchronized (this) {
            epoch++;
            asking = false;
            askAgain = false;
            unanswered = false;
            status = null;
            latencyMillis = null;
        }
        publish();
    }

    /** Publishes what changed, in order and without a lock held: whoever listens may ask for the state. */
    private void publish() {
        for (GuestStatusChanged change = nextChange(); change != null; change = nextChange()) {
            try {
                changes.accept(change);
            } finally {
                synchronized (this) {
                    publishing = false;
                }
            }
        }
    }

    private synchronized @Nullable GuestStatusChanged nextChange() {
        if (publishing || Objects.equals(published, status)) {
            return null;
        }
        publishing = true;
        published = status;
        return new GuestStatusChanged(connection, status, Instant.now());
    }

    /**
     * As much of the result of {@code query-status} as is needed here.
     *
     * @param status QEMU's word for what the guest does
     */
    record StatusInfo(String status) {}
}

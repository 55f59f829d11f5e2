package dev.qmp.sample.app;

import dev.qmp.QmpClient;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.MappingException;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.StatusInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the status of one guest. At most one query is under way at a time, so that a slow machine is not
 * overloaded.
 */
final class GuestWatch {

    private static final QueryStatus QUERY = QueryStatus.command().withTimeout(Duration.ofSeconds(10));
    private static final Duration FRESH = Duration.ofSeconds(1);

    /** A machine that takes longer is shown as frozen. A busy one may take longer now and then. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final String connection;
    private final Consumer<GuestStatusChanged> changes;
    private @Nullable String status;
    private @Nullable Double latencyMillis;
    private long askedAt;
    private boolean asking;
    private boolean askAgain;
    /** Whether a query has had no reply since {@code unansweredFrom}: the current one, or one that timed out before. */
    private boolean unanswered;

    private long unansweredFrom;
    /**
     * Incremented when earlier queries are obsolete. A reply to one of them belongs to another session, and is
     * ignored.
     */
    private int epoch;

    private @Nullable String published;
    private boolean publishing;

    GuestWatch(String connection, Consumer<GuestStatusChanged> changes) {
        this.connection = connection;
        this.changes = changes;
    }

    /** {@return the last known status} If a reply is outstanding, the latency is at least the time since its query. */
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

    /** Queries the status, unless that was done a moment ago. */
    void refreshIfStale(QmpClient client) {
        boolean stale;
        synchronized (this) {
            stale = !asking && System.nanoTime() - askedAt > FRESH.toNanos();
        }
        if (stale) {
            refresh(client);
        }
    }

    /**
     * Queries the status now. If a query is under way, another one follows, because its reply may be older than the
     * cause of this call.
     */
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
        client.execute(QUERY).whenComplete((answer, failure) -> answered(client, asked, answer, failure));
    }

    private void answered(QmpClient client, int asked, @Nullable StatusInfo answer, @Nullable Throwable failure) {
        boolean again;
        synchronized (this) {
            if (asked != epoch) {
                return;
            }
            asking = false;
            if (failure == null || endsTheSilence(failure)) {
                unanswered = false;
            }
            // a failed query changes nothing: only a change of runstate does
            if (answer != null) {
                status = answer.status().value();
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

    /**
     * {@return whether the machine owes no reply after a failure} A rejection is a reply. If the command policy refuses
     * the query, the machine has not been asked. After a deadline, the reply is still outstanding.
     */
    private static boolean endsTheSilence(Throwable failure) {
        return failure instanceof RejectedException
                || failure instanceof MappingException
                || failure instanceof CommandRefusedException;
    }

    /** The session has ended, so the status is unknown. */
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

    /** Publishes changes in order and without a lock, because a listener may query the state. */
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
}

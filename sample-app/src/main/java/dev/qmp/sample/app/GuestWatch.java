package dev.qmp.sample.app;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.MappingException;
import dev.qmp.error.RejectedException;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.StatusInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Follows the status of one guest. At most one query is under way at a time, so that a slow machine is not
 * overloaded. A query that failed is repeated after a pause while the session lasts, because a guest that has stopped
 * sends no further event.
 */
final class GuestWatch {

    private static final Log LOGGER = LogFactory.getLog(GuestWatch.class);
    private static final QueryStatus QUERY = QueryStatus.command().withTimeout(Duration.ofSeconds(10));
    private static final Duration FRESH = Duration.ofSeconds(1);

    /** A machine that takes longer is shown as frozen. A busy one may take longer now and then. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final String connection;
    private final Consumer<GuestStatusChanged> changes;
    /** Runs a task when the pause is over. */
    private final Executor afterPause;

    private @Nullable String status;
    private @Nullable Double latencyMillis;
    private long askedAt;
    private boolean asking;
    private boolean askAgain;
    /** Whether a repetition waits for the end of its pause. */
    private boolean pausing;
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
        this(connection, changes, CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Creates a watch whose pauses end when the executor runs a task. */
    GuestWatch(String connection, Consumer<GuestStatusChanged> changes, Executor afterPause) {
        this.connection = connection;
        this.changes = changes;
        this.afterPause = afterPause;
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
            // a failed query does not change the status: only a change of runstate does
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
        } else if (failure != null && isWorthRepeating(failure)) {
            repeatLater(client, asked);
        }
    }

    /** {@return whether the query may succeed later} A policy, or a machine without the command, always refuses it. */
    private static boolean isWorthRepeating(Throwable failure) {
        return !(failure instanceof CommandRefusedException)
                && !(failure instanceof RejectedException rejection
                        && rejection.errorClass().equals("CommandNotFound"));
    }

    private void repeatLater(QmpClient client, int asked) {
        synchronized (this) {
            if (pausing || asked != epoch) {
                return;
            }
            pausing = true;
        }
        afterPause.execute(() -> repeat(client, asked));
    }

    /** Repeats a query, but not before the machine has replied to abandoned commands, because it would only wait. */
    private void repeat(QmpClient client, int asked) {
        synchronized (this) {
            if (asked != epoch) {
                return; // the next session begins with a query
            }
            pausing = false;
            if (asking) {
                return;
            }
        }
        QmpClientStatus status = client.status();
        if (status.abandoned() > 0) {
            repeatLater(client, asked);
        } else if (status.runstate() == Runstate.RUNNING) {
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
            pausing = false;
            unanswered = false;
            status = null;
            latencyMillis = null;
        }
        publish();
    }

    /**
     * Publishes changes in order and without a lock, because a listener may query the state. A listener that fails gets
     * the next change, too.
     */
    private void publish() {
        for (GuestStatusChanged change = nextChange(); change != null; change = nextChange()) {
            try {
                changes.accept(change);
            } catch (RuntimeException | Error e) {
                LOGGER.error("A listener of the guest status of '" + connection + "' has failed", e);
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

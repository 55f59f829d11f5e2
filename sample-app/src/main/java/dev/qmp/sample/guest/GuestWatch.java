package dev.qmp.sample.guest;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Follows one guest. At most one question is under way at a time, so that a slow machine is not asked to death. */
final class GuestWatch {

    private static final QmpCommand QUERY = QmpCommand.of("query-status").withTimeout(Duration.ofSeconds(10));
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final String connection;
    private final Consumer<GuestStatusChanged> changes;
    private GuestState state = GuestState.UNKNOWN;
    private long askedAt;
    private boolean asking;
    private boolean askAgain;

    GuestWatch(String connection, Consumer<GuestStatusChanged> changes) {
        this.connection = connection;
        this.changes = changes;
    }

    synchronized GuestState state() {
        return state;
    }

    /** Asks, unless that was done a moment ago. */
    synchronized void refreshIfStale(QmpClient client) {
        if (System.nanoTime() - askedAt > FRESH.toNanos() && !asking) {
            refresh(client);
        }
    }

    /** Asks now; if a question is under way, its answer may be older than what made this one necessary. */
    synchronized void refresh(QmpClient client) {
        if (client.runstate() != Runstate.RUNNING) {
            set(GuestState.UNKNOWN);
        } else if (asking) {
            askAgain = true;
        } else {
            asking = true;
            askedAt = System.nanoTime();
            client.execute(QUERY, StatusInfo.class).whenComplete((answer, failure) -> answered(client, answer));
        }
    }

    private synchronized void answered(QmpClient client, @Nullable StatusInfo answer) {
        asking = false;
        // A machine that is busy or gone has not changed its guest's status: only the runstate's change tells that.
        if (answer != null) {
            set(new GuestState(answer.status(), (System.nanoTime() - askedAt) / 1e6));
        }
        if (askAgain) {
            askAgain = false;
            refresh(client);
        }
    }

    synchronized void forget() {
        set(GuestState.UNKNOWN);
    }

    private void set(GuestState now) {
        boolean changed = !Objects.equals(state.status(), now.status());
        state = now;
        if (changed) {
            changes.accept(new GuestStatusChanged(connection, now.status(), Instant.now()));
        }
    }

    /**
     * As much of the result of {@code query-status} as is needed here.
     *
     * @param status QEMU's word for what the guest does
     */
    record StatusInfo(String status) {}
}

package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The guest status of one machine, by {@code query-status}. It is queried when a session begins and after events
 * that may have changed it. If a query fails, it is repeated after a pause, because a guest that has stopped sends no
 * further event. A health request reads the last reply and waits for none.
 */
final class GuestStatus implements Watches.Watch<String> {

    private static final EventFilter CHANGES = EventFilter.named(
            "STOP",
            "RESUME",
            "SHUTDOWN",
            "RESET",
            "SUSPEND",
            "SUSPEND_DISK",
            "WAKEUP",
            "WATCHDOG",
            "GUEST_PANICKED",
            "GUEST_CRASHLOADED",
            "BLOCK_IO_ERROR",
            "MIGRATION");

    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final QmpClient client;
    /** Runs a task when the pause is over. */
    private final Executor afterPause;

    private final Subscription subscription;
    /** Queries that are requested or under way. While this is not 0, an event does not start another one at once. */
    private final AtomicInteger questions = new AtomicInteger();

    private volatile @Nullable String current;
    /** The number of ended sessions. A reply of an earlier session is ignored. */
    private int ended;
    /** Whether a repetition waits for the end of its pause. */
    private boolean pausing;

    private boolean closed;

    GuestStatus(QmpClient client) {
        this(client, CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Creates a status whose pauses end when the executor runs a task. */
    GuestStatus(QmpClient client, Executor afterPause) {
        this.client = client;
        this.afterPause = afterPause;
        // runs on the event loop, so it must not block
        this.subscription = client.events().subscribe(CHANGES, ListenerOptions.DEFAULTS, Runnable::run, this::received);
        if (client.runstate() == Runstate.RUNNING) {
            put(); // for a session that began before the listener was registered
        }
    }

    /** {@return the status, null if it is unknown} */
    @Override
    public @Nullable String current() {
        return current;
    }

    private void received(EventSignal signal) {
        if (signal instanceof EventSignal.Disconnected) {
            forget();
        } else {
            put();
        }
    }

    private synchronized void forget() {
        ended++;
        current = null;
    }

    private synchronized void learn(int asked, @Nullable String status) {
        if (asked == ended) {
            current = status;
        }
    }

    private synchronized int ended() {
        return ended;
    }

    private void put() {
        if (questions.getAndIncrement() == 0) {
            ask();
        }
    }

    private void ask() {
        int answered = questions.get();
        int asked = ended();
        client.execute("query-status").whenComplete((status, failure) -> {
            learn(asked, status == null ? null : text(status));
            if (failure != null && !(failure instanceof CommandRefusedException)) { // the policy refuses it every time
                repeatLater();
            }
            if (questions.addAndGet(-answered) > 0) {
                ask();
            }
        });
    }

    private void repeatLater() {
        synchronized (this) {
            if (pausing || closed) {
                return;
            }
            pausing = true;
        }
        afterPause.execute(this::repeat);
    }

    /** Repeats a query, but not before the machine has replied to abandoned commands, because it would only wait. */
    private void repeat() {
        synchronized (this) {
            pausing = false;
            if (closed || current != null) {
                return;
            }
        }
        QmpClientStatus status = client.status();
        if (status.runstate() != Runstate.RUNNING) {
            return; // the next session begins with a query
        }
        if (status.abandoned() > 0) {
            repeatLater();
        } else {
            put();
        }
    }

    private static @Nullable String text(JsonNode status) {
        String text = status.path("status").asString("");
        return text.isEmpty() ? null : text;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        subscription.close();
    }
}

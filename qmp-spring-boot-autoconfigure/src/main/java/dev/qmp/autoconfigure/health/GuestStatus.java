package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.Runstate;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one machine's guest is doing, as {@code query-status} tells. It is asked when a session begins and after events
 * that may have changed it, never when somebody wants to know; nobody waits for the reply.
 */
final class GuestStatus {

    private static final EventFilter CHANGES = EventFilter.named(
            "STOP",
            "RESUME",
            "SHUTDOWN",
            "RESET",
            "SUSPEND",
            "SUSPEND_DISK",
            "WAKEUP",
            "GUEST_PANICKED",
            "GUEST_CRASHLOADED",
            "BLOCK_IO_ERROR",
            "MIGRATION");

    private final QmpClient client;
    private final Subscription subscription;
    /** Questions that events have raised since the last one was put; one is under way while this is not 0. */
    private final AtomicInteger questions = new AtomicInteger();

    private volatile @Nullable String current;
    /** Counts sessions that ended: an answer that comes late is of another one. */
    private int ended;

    GuestStatus(QmpClient client) {
        this.client = client;
        // on the event loop: nothing here waits
        this.subscription = client.events().subscribe(CHANGES, ListenerOptions.DEFAULTS, Runnable::run, this::heard);
        if (client.runstate() == Runstate.RUNNING) {
            put(); // of a session that began before, nobody will be told
        }
    }

    /** {@return the status, null if it is not known} */
    @Nullable
    String current() {
        return current;
    }

    private void heard(EventSignal signal) {
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
            if (questions.addAndGet(-answered) > 0) {
                ask();
            }
        });
    }

    private static @Nullable String text(JsonNode status) {
        String text = status.path("status").asString("");
        return text.isEmpty() ? null : text;
    }

    void close() {
        subscription.close();
    }
}

package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listeners that come and go: their order, and the time that it takes. */
class EventRegistryTests {

    /** If each step copied all listeners, a test would take minutes. */
    private static final int MANY = 60_000;

    private final EventRegistry events = registry();
    private final List<String> calls = new ArrayList<>();

    private static EventRegistry registry() {
        Logger logger = LoggerFactory.getLogger(EventRegistryTests.class);
        InlineLoop loop = new InlineLoop() {
            @Override
            public Cancellable schedule(Duration delay, Runnable task) {
                return () -> {};
            }
        };
        return new EventRegistry(ListenerOptions.DEFAULTS, Runnable::run, logger, new FailureLog(logger), loop);
    }

    private Subscription subscribe(String name) {
        return events.subscribe(EventFilter.all(), event -> calls.add(name));
    }

    private List<String> callsOfNextEvent() {
        calls.clear();
        events.dispatch(QmpEvent.of("STOP"));
        return calls;
    }

    @Test
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    @DisplayName("one event that ends 60 000 waits does not stall the event loop")
    void oneEventThatEndsSixtyThousandWaitsDoesNotStallTheLoop() {
        List<CompletableFuture<QmpEvent>> waits = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            waits.add(events.next(EventFilter.named("STOP")));
        }

        events.dispatch(QmpEvent.of("STOP"));

        assertThat(waits).allMatch(CompletableFuture::isDone);
    }

    @Test
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    @DisplayName("60 000 waits that are cancelled, the first one first or the last one first, take constant time each")
    void sixtyThousandWaitsThatAreCancelledTakeConstantTimeEach() {
        for (boolean lastFirst : new boolean[] {false, true}) {
            List<CompletableFuture<QmpEvent>> waits = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                waits.add(events.next(EventFilter.named("STOP")));
            }
            for (int i = 0; i < MANY; i++) {
                waits.get(lastFirst ? MANY - 1 - i : i).cancel(false);
            }
        }
    }

    @Test
    @DisplayName("listeners are called in the order of their registration, whichever are closed between them")
    void listenersAreCalledInTheOrderOfTheirRegistration() {
        List<Subscription> open = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            open.add(subscribe("listener " + i));
            names.add("listener " + i);
        }
        for (int closed : new int[] {19, 0, 7, 7, 3, 10, 0, 5, 1, 11, 2, 6, 0}) {
            if (closed < open.size()) {
                open.remove(closed).close();
                names.remove(closed);
                assertThat(callsOfNextEvent()).isEqualTo(names);
                open.add(subscribe("after " + names));
                names.add("after " + names);
                assertThat(callsOfNextEvent()).isEqualTo(names);
            }
        }
        open.forEach(Subscription::close);
        open.forEach(Subscription::close);
        assertThat(callsOfNextEvent()).isEmpty();
    }

    @Test
    @DisplayName("a subscription that a callback closes is not called any more; one that it opens gets the next event")
    void aCallbackClosesAndOpensSubscriptions() {
        List<Subscription> open = new ArrayList<>();
        open.add(events.subscribe(EventFilter.all(), event -> {
            calls.add("first");
            open.remove(1).close();
            subscribe("late");
        }));
        open.add(subscribe("closed"));
        open.add(subscribe("last"));

        assertThat(callsOfNextEvent()).containsExactly("first", "last");
        open.get(0).close();
        assertThat(callsOfNextEvent()).containsExactly("last", "late");
    }

    @Test
    @DisplayName("a mailbox that is closed after the client stays closed, and others are not removed with it")
    void aMailboxIsClosedAfterTheClient() {
        EventMailbox mailbox = events.openMailbox(EventFilter.all());
        Subscription subscription = subscribe("closed");
        events.close();
        mailbox.close();
        subscription.close();

        assertThat(callsOfNextEvent()).isEmpty();
    }
}

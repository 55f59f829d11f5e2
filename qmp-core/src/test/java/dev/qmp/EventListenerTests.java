package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Mailboxes: their order and bounds, and the report of lost events. */
class EventListenerTests extends OnEventSource {

    @Test
    @DisplayName("C7 G6 events come in the order of the wire, through the filter")
    void deliversInOrderThroughTheFilter() throws InterruptedException {
        Peer peer = server.connect(client);
        EventMailbox all = client.events().openMailbox(EventFilter.all());
        EventMailbox some = client.events()
                .openMailbox(
                        EventFilter.named("A", "B").where(event -> !event.name().equals("B")));
        peer.emit("A").emit("B").emit("C").emit("A");

        for (String name : List.of("A", "B", "C", "A")) {
            assertThat(all.nextEvent(SOON).name()).isEqualTo(name);
        }
        assertThat(all.nextEvent(Duration.ZERO)).isNull();
        assertThat(some.nextEvent(SOON).name()).isEqualTo("A");
        assertThat(some.nextEvent(SOON).name()).isEqualTo("A");
        assertThat(some.clear()).isEmpty();
        assertThat(client.status().eventsReceived()).isEqualTo(4);
    }

    @Test
    @DisplayName("a time before all others is no time to wait")
    void doesNotWaitForATimeLongAgo() {
        server.connect(client);
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        RunstateWatcher runstates = client.watchRunstate();
        Duration longAgo = Duration.ofDays(-200_000); // it exceeds the range of nanoseconds
        List<Callable<Object>> waits = List.of(
                () -> listener.next(longAgo) == null,
                () -> listener.nextEvent(longAgo) == null,
                () -> runstates.next(longAgo) == null,
                () -> !runstates.await(Runstate.CONNECTING, longAgo));
        for (Callable<Object> wait : waits) {
            FutureTask<Object> waiting = new FutureTask<>(wait);
            new Thread(waiting, "waiting").start();
            assertThat(waiting).succeedsWithin(SOON).isEqualTo(true);
        }
    }

    @Test
    @DisplayName("G6 a listener may be asked to wait for ever")
    void waitsForEver() throws InterruptedException {
        Peer peer = server.connect(client);
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        peer.emit("A").emit("B");

        Duration ever = ChronoUnit.FOREVER.getDuration();
        assertThat(listener.nextEvent(ever).name()).isEqualTo("A");
        assertThat(listener.next(ever)).isInstanceOf(EventSignal.Received.class);
    }

    @Test
    @DisplayName("G6 a filter by name takes a name twice, and not none")
    void filtersByNames() {
        EventFilter filter = EventFilter.named("A", "A");
        assertThat(filter.accepts(QmpEvent.of("A"))).isTrue();
        assertThat(filter.accepts(QmpEvent.of("B"))).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> EventFilter.named(List.of()));
    }

    @Test
    @DisplayName("G6 a filter that throws lets the event through")
    void letsThroughWhatAFilterFailsAt() throws InterruptedException {
        Peer peer = server.connect(client);
        EventMailbox listener = client.events().openMailbox(EventFilter.all().where(event -> {
            throw new IllegalStateException("of the application");
        }));
        peer.emit("A");

        assertThat(listener.nextEvent(SOON).name()).isEqualTo("A");
    }

    @Test
    @DisplayName("#50 overflow: the oldest are forgotten, a gap stands where they were")
    void forgetsTheOldest() {
        Peer peer = server.connect(client);
        EventMailbox listener =
                client.events().openMailbox(EventFilter.all(), new ListenerOptions(3, OverflowPolicy.DROP_OLDEST, 0));
        for (int i = 0; i < 10; i++) {
            peer.emit("E" + i);
        }
        settle(peer);

        List<String> heard = namesOf(listener.clear());
        assertThat(heard).endsWith("E9");
        assertThat(heard.get(0)).isEqualTo("gap " + (10 - (heard.size() - 1)));
        assertThat(listener.lost()).isEqualTo(10 - (heard.size() - 1));
        assertThat(client.status().eventsLost()).isEqualTo(listener.lost());
        assertThat(heard.size()).isBetween(3, 4);
    }

    @Test
    @DisplayName("#50 overflow: the newest are forgotten, a gap stands where they were")
    void forgetsTheNewest() {
        Peer peer = server.connect(client);
        EventMailbox listener =
                client.events().openMailbox(EventFilter.all(), new ListenerOptions(3, OverflowPolicy.DROP_NEWEST, 0));
        for (int i = 0; i < 10; i++) {
            peer.emit("E" + i);
        }
        settle(peer);
        assertThat(namesOf(listener.clear())).containsExactly("E0", "E1", "E2", "gap 7");

        peer.emit("LATER");
        settle(peer);
        assertThat(namesOf(listener.clear())).containsExactly("LATER");
        assertThat(listener.lost()).isEqualTo(7);
    }

    @Test
    @DisplayName("#50 overflow: the listener ends, what it held can be read")
    void endsOnOverflow() throws InterruptedException {
        Peer peer = server.connect(client);
        EventMailbox listener =
                client.events().openMailbox(EventFilter.all(), new ListenerOptions(3, OverflowPolicy.END, 0));
        for (int i = 0; i < 10; i++) {
            peer.emit("E" + i);
        }
        settle(peer);

        for (int i = 0; i < 3; i++) {
            assertThat(listener.nextEvent(SOON).name()).isEqualTo("E" + i);
        }
        assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> listener.nextEvent(SOON));
        assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> listener.next(SOON));
    }

    @Test
    @DisplayName("#50 a flood costs a bounded queue, and replies are not held up")
    void survivesAFlood() throws InterruptedException {
        Peer peer = server.connect(client);
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        Thread flood = new Thread(() -> {
            for (int i = 0; i < 1000; i++) {
                peer.sayPart("{\"event\": \"FLOOD\"}\r\n".repeat(100));
            }
        });
        flood.start();
        flood.join();
        settle(peer);

        assertThat(client.status().eventsReceived()).isEqualTo(100_000);
        assertThat(listener.clear()).hasSizeLessThanOrEqualTo(1025);
        assertThat(listener.lost()).isGreaterThanOrEqualTo(100_000 - 1025);
    }

    @Test
    @DisplayName("C7 G6 history, which is bounded, and clear")
    void remembersAndForgets() {
        Peer peer = server.connect(client);
        EventMailbox listener = client.events().openMailbox(EventFilter.all(), ListenerOptions.DEFAULTS.withHistory(2));
        peer.emit("A").emit("B").emit("C");
        settle(peer);

        assertThat(namesOf(listener.clear())).containsExactly("A", "B", "C");
        assertThat(listener.clear()).isEmpty();
        assertThat(listener.history()).extracting(QmpEvent::name).containsExactly("B", "C");
        assertThat(listener.lost()).isZero();
    }

    @Test
    @DisplayName("G6 a closed listener wakes the waiting reader")
    void tellsWhoWaitsAtAClosedListener() throws InterruptedException {
        server.connect(client);
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread waiting = new Thread(() -> {
            try {
                listener.next(Duration.ofSeconds(30));
            } catch (ListenerException | InterruptedException e) {
                failure.set(e);
            }
        });
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        listener.close();
        waiting.join();

        assertThat(failure.get()).isInstanceOf(ListenerException.class);
    }
}

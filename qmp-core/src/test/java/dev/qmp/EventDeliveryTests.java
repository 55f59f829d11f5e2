package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.event.QmpEventListener;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Events come in order, and whatever is lost is told. */
@Timeout(20)
class EventDeliveryTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final ScriptedServer server = ScriptedServer.start();
    private final CountDownLatch testEnds = new CountDownLatch(1);
    private QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .build();

    @AfterEach
    void close() {
        testEnds.countDown();
        client.close();
        server.close();
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        try {
            throw new AssertionError("succeeded with " + future.get(10, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }

    /** Has the client take in all that the peer has said so far. */
    private void settle(Peer peer) {
        CompletableFuture<JsonNode> command = client.execute("settle");
        peer.answer(peer.hear("settle"), "{}");
        command.join();
    }

    private static List<String> namesOf(List<EventSignal> signals) {
        return signals.stream()
                .map(signal -> signal instanceof EventSignal.Received received
                        ? received.event().name()
                        : signal instanceof EventSignal.Gap gap
                                ? "gap " + gap.lost()
                                : signal.getClass().getSimpleName())
                .toList();
    }

    // ------------------------------------------------------------------ mailboxes

    @Test
    @DisplayName("C7 G6 events come in the order of the wire, through the filter")
    void deliversInOrderThroughTheFilter() throws InterruptedException {
        Peer peer = server.connect(client);
        QmpEventListener all = client.events().listen(EventFilter.all());
        QmpEventListener some = client.events()
                .listen(EventFilter.named("A", "B").where(event -> !event.name().equals("B")));
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
    @DisplayName("G6 a listener may be asked to wait for ever")
    void waitsForEver() throws InterruptedException {
        Peer peer = server.connect(client);
        QmpEventListener listener = client.events().listen(EventFilter.all());
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
        QmpEventListener listener = client.events().listen(EventFilter.all().where(event -> {
            throw new IllegalStateException("of the application");
        }));
        peer.emit("A");

        assertThat(listener.nextEvent(SOON).name()).isEqualTo("A");
    }

    @Test
    @DisplayName("#50 overflow: the oldest are forgotten, a gap stands where they were")
    void forgetsTheOldest() {
        Peer peer = server.connect(client);
        QmpEventListener listener =
                client.events().listen(EventFilter.all(), new ListenerOptions(3, OverflowPolicy.DROP_OLDEST, 0));
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
        QmpEventListener listener =
                client.events().listen(EventFilter.all(), new ListenerOptions(3, OverflowPolicy.DROP_NEWEST, 0));
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
        QmpEventListener listener =
                client.events().listen(EventFilter.all(), new ListenerOptions(3, OverflowPolicy.END, 0));
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
    void survivesAFlood() {
        Peer peer = server.connect(client);
        QmpEventListener listener = client.events().listen(EventFilter.all());
        Thread flood = new Thread(() -> {
            for (int i = 0; i < 1000; i++) {
                peer.sayPart("{\"event\": \"FLOOD\"}\r\n".repeat(100));
            }
        });
        flood.start();
        await().until(() -> !flood.isAlive());
        settle(peer);

        assertThat(client.status().eventsReceived()).isEqualTo(100_000);
        assertThat(listener.clear()).hasSizeLessThanOrEqualTo(1025);
        assertThat(listener.lost()).isGreaterThanOrEqualTo(100_000 - 1025);
    }

    @Test
    @DisplayName("C7 G6 history, which is bounded, and clear")
    void remembersAndForgets() {
        Peer peer = server.connect(client);
        QmpEventListener listener =
                client.events().listen(EventFilter.all(), new ListenerOptions(10, OverflowPolicy.DROP_OLDEST, 2));
        peer.emit("A").emit("B").emit("C");
        settle(peer);

        assertThat(namesOf(listener.clear())).containsExactly("A", "B", "C");
        assertThat(listener.clear()).isEmpty();
        assertThat(listener.history()).extracting(QmpEvent::name).containsExactly("B", "C");
        assertThat(listener.lost()).isZero();
    }

    @Test
    @DisplayName("G6 a closed listener tells whoever waits")
    void tellsWhoWaitsAtAClosedListener() throws InterruptedException {
        server.connect(client);
        QmpEventListener listener = client.events().listen(EventFilter.all());
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

    // ------------------------------------------------------------------ callbacks

    @Test
    @DisplayName("#55 a reply comes after the callbacks for the events before it")
    void repliesAfterTheEventsBefore() {
        Peer peer = server.connect(client);
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), event -> heard.add(event.name()));
        for (int i = 0; i < 200; i++) {
            CompletableFuture<List<String>> seen = client.execute("c").thenApply(result -> List.copyOf(heard));
            ObjectNode command = peer.hear("c");
            peer.emit("E" + i).answer(command, "{}");
            assertThat(seen.join()).hasSize(i + 1).endsWith("E" + i);
        }
    }

    @Test
    @DisplayName("#51 a callback that throws is logged, and hears the next event")
    void survivesAThrowingCallback() {
        Peer peer = server.connect(client);
        List<String> heard = new CopyOnWriteArrayList<>();
        List<String> other = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), event -> {
            heard.add(event.name());
            throw new AssertionError("of the application");
        });
        client.events().subscribe(EventFilter.all(), event -> other.add(event.name()));
        try (LogRecorder log = LogRecorder.of("dev.qmp")) {
            peer.emit("A").emit("B");
            settle(peer);

            assertThat(log.everything())
                    .filteredOn(line -> line.contains("of the application"))
                    .isNotEmpty();
        }
        assertThat(heard).containsExactly("A", "B");
        assertThat(other).containsExactly("A", "B");
    }

    @Test
    @DisplayName("#52 a callback that blocks for ever holds up replies once and for a moment, and no other listener")
    void survivesABlockingCallback() {
        Peer peer = server.connect(client);
        List<String> other = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), event -> awaitLatch(testEnds));
        client.events().subscribe(EventFilter.all(), event -> other.add(event.name()));
        peer.emit("A");
        settle(peer); // waits for the callback, once

        peer.emit("B");
        long before = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            settle(peer);
        }
        Duration spent = Duration.ofNanos(System.nanoTime() - before);
        await().untilAsserted(() -> assertThat(other).containsExactly("A", "B"));
        assertThat(spent).as("100 replies, of which none may wait").isLessThan(Duration.ofSeconds(8));
        assertThat(CompletableFuture.runAsync(client::close)).succeedsWithin(SOON);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(15, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName("#52 callbacks may run blocking commands, several at once")
    void runsBlockingCommandsInCallbacks() {
        Peer peer = server.connect(client);
        List<String> done = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 2; i++) {
            client.events().subscribe(EventFilter.named("GO"), event -> {
                client.blocking().execute("within");
                done.add(event.name());
            });
        }
        peer.emit("GO");
        peer.answer(peer.hear("within"), "{}").answer(peer.hear("within"), "{}");

        await().untilAsserted(() -> assertThat(done).hasSize(2));
    }

    @Test
    @DisplayName("#50 a callback whose policy is END hears what it held, and its end is logged")
    void endsACallbackThatFallsBehind() {
        Peer peer = server.connect(client);
        List<EventSignal> heard = new CopyOnWriteArrayList<>();
        CountDownLatch released = new CountDownLatch(1);
        try (LogRecorder log = LogRecorder.of("dev.qmp.client")) {
            client.events()
                    .subscribe(
                            EventFilter.all(),
                            new ListenerOptions(2, OverflowPolicy.END, 0),
                            ForkJoinPool.commonPool(),
                            signal -> {
                                heard.add(signal);
                                awaitLatch(released);
                            });
            peer.emit("A");
            await().until(() -> heard.size() == 1);
            peer.emit("B").emit("C").emit("D").emit("E");
            settle(peer);
            released.countDown();
            await().untilAsserted(() -> assertThat(log.at(Level.WARN)).hasSize(1));
            assertThat(log.at(Level.WARN).get(0)).contains("2 signals behind");
        }
        assertThat(namesOf(heard)).containsExactly("A", "B", "C");
    }

    @Test
    @DisplayName("G6 a closed subscription hears nothing more")
    void endsASubscription() {
        Peer peer = server.connect(client);
        List<String> heard = new CopyOnWriteArrayList<>();
        var subscription = client.events().subscribe(EventFilter.all(), event -> heard.add(event.name()));
        peer.emit("A");
        settle(peer);
        subscription.close();
        peer.emit("B");
        settle(peer);

        assertThat(heard).containsExactly("A");
    }

    // ------------------------------------------------------------------ one event

    @Test
    @DisplayName("G6 next: the very next event, even when many come at once")
    void findsTheNextEvent() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> next = client.events().next(EventFilter.named("A", "B"));
        peer.sayPart("{\"event\": \"X\"}{\"event\": \"A\"}" + "{\"event\": \"B\"}".repeat(50));

        assertThat(next.join().name()).isEqualTo("A");
    }

    @Test
    @DisplayName("G1 next fails when the session ends")
    void failsTheNextEventWithItsSession() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> next = client.events().next(EventFilter.all());
        peer.close();

        assertThat(failureOf(next)).isInstanceOf(ConnectionLostException.class);
    }

    @Test
    @DisplayName("G1 next fails when the client is closed, and after that at once")
    void failsTheNextEventOfAClosedClient() {
        CompletableFuture<QmpEvent> before = client.events().next(EventFilter.all());
        client.close();

        assertThat(failureOf(before)).isInstanceOf(ListenerException.class);
        assertThat(failureOf(client.events().next(EventFilter.all()))).isInstanceOf(ListenerException.class);
    }

    // ------------------------------------------------------------------ a command and its event

    @Test
    @DisplayName("G6 a command and its event are awaited together, in either order")
    void awaitsCommandAndEventInEitherOrder() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> first =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.answer(peer.hear("job"), "{}").emit("OTHER").emit("DONE");
        assertThat(first.join().name()).isEqualTo("DONE");

        CompletableFuture<QmpEvent> second =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        ObjectNode command = peer.hear("job");
        peer.emit("DONE");
        settle(peer);
        assertThat(second).isNotDone();
        peer.answer(command, "{}");
        assertThat(second.join().name()).isEqualTo("DONE");
    }

    @Test
    @DisplayName("G4 a command whose event does not come has an unknown outcome; one that is refused was refused")
    void tellsWhyTheEventDidNotCome() {
        Peer peer = server.connect(client);
        CompletableFuture<QmpEvent> refused =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.reject(peer.hear("job"), "GenericError", "no");
        assertThat(failureOf(refused)).isInstanceOf(RejectedException.class);

        CompletableFuture<QmpEvent> late =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), Duration.ofMillis(100));
        peer.answer(peer.hear("job"), "{}");
        assertThat(failureOf(late))
                .isInstanceOf(CommandTimeoutException.class)
                .hasMessage("job has an unknown outcome: its event did not come within 100 ms");

        CompletableFuture<QmpEvent> lost =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.named("DONE"), SOON);
        peer.answer(peer.hear("job"), "{}");
        peer.close();
        assertThat(failureOf(lost)).isInstanceOf(OutcomeUnknownException.class);

        assertThat(failureOf(client.executeAndAwait(QmpCommand.of("job"), EventFilter.all(), SOON)))
                .isInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName("G4 a command that is still queued when its time is up was not sent")
    void tellsThatAQueuedCommandWasNotSent() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .outOfBand(false)
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> slow = client.execute("slow");
        ObjectNode command = peer.hear("slow");

        CompletableFuture<QmpEvent> queued =
                client.executeAndAwait(QmpCommand.of("job"), EventFilter.all(), Duration.ofMillis(100));

        assertThat(failureOf(queued)).isInstanceOf(NotSentException.class);
        peer.answer(command, "{}");
        slow.join();
        settle(peer);
    }

    @Test
    @DisplayName("G1 a deadline's outcome is told on the callback executor, never on the event loop")
    void tellsDeadlinesOnTheCallbackExecutor() {
        Peer peer = server.connect(client);
        CompletableFuture<JsonNode> continued = client.executeAndAwait(
                        QmpCommand.of("job"), EventFilter.all(), Duration.ofMillis(100))
                .handle((event, failure) -> client.blocking().execute("after"));
        peer.answer(peer.hear("job"), "{}");
        peer.answer(peer.hear("after"), "{}");

        assertThat(continued).succeedsWithin(SOON);
    }

    // ------------------------------------------------------------------ sessions

    @Test
    @DisplayName("#53 listeners survive a reconnect, and hear of it")
    void survivesAReconnect() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        QmpEventListener mailbox = client.events().listen(EventFilter.named("A"));
        List<EventSignal> signals = new CopyOnWriteArrayList<>();
        client.events()
                .subscribe(EventFilter.named("A"), ListenerOptions.DEFAULTS, ForkJoinPool.commonPool(), signals::add);
        server.connect(client).emit("A").close();
        Peer second = server.accept();
        second.negotiate().emit("A");
        await().untilAsserted(() -> assertThat(signals).hasSize(5));
        client.disconnect().join();

        List<String> expected =
                List.of("Connected", "Received", "Disconnected", "Connected", "Received", "Disconnected");
        await().untilAsserted(() -> assertThat(signals).hasSize(6));
        assertThat(signals)
                .extracting(signal -> signal.getClass().getSimpleName())
                .isEqualTo(expected);
        assertThat(mailbox.clear())
                .extracting(signal -> signal.getClass().getSimpleName())
                .isEqualTo(expected);
        assertThat(signals.get(2)).isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> {
            assertThat(end.reconnecting()).isTrue();
            assertThat(end.cause()).isInstanceOf(ConnectionLostException.class);
        });
        assertThat(signals.get(5)).isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> {
            assertThat(end.reconnecting()).isFalse();
            assertThat(end.cause()).isNull();
        });
        assertThat(client.status().reconnects()).isEqualTo(1);
    }

    @Test
    @DisplayName("G13 a closed client ends its listeners")
    void endsListenersOfAClosedClient() {
        server.connect(client);
        QmpEventListener listener = client.events().listen(EventFilter.all());
        client.close();
        listener.clear();

        assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> listener.next(SOON));
        assertThatExceptionOfType(ListenerException.class)
                .isThrownBy(() -> client.events().listen(EventFilter.all()).next(SOON));
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("G6 waiting for an event is told when there will be no other session")
    void tellsThatThereWillBeNoOtherSession() {
        QmpEventListener listener = client.events().listen(EventFilter.all());
        server.connect(client).close();

        assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> listener.nextEvent(SOON));
    }

    // ------------------------------------------------------------------ streams

    /** Takes what it asked for. */
    private static final class Taker implements Flow.Subscriber<QmpEvent> {

        private final List<String> heard = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(QmpEvent event) {
            heard.add(event.name());
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }

        void request(long count) {
            subscription.join().request(count);
        }
    }

    private Taker take(ListenerOptions options) {
        Taker taker = new Taker();
        client.events().publisher(EventFilter.all(), options).subscribe(taker);
        taker.subscription.join();
        return taker;
    }

    @Test
    @DisplayName("G6 a stream hands over what is asked for, and completes with the client")
    void streamsAsAskedFor() {
        Peer peer = server.connect(client);
        Taker taker = take(ListenerOptions.DEFAULTS);
        peer.emit("A").emit("B").emit("C");
        settle(peer);
        assertThat(taker.heard).isEmpty();

        taker.request(2);
        await().untilAsserted(() -> assertThat(taker.heard).containsExactly("A", "B"));
        taker.request(Long.MAX_VALUE);
        taker.request(Long.MAX_VALUE);
        await().untilAsserted(() -> assertThat(taker.heard).containsExactly("A", "B", "C"));

        client.close();
        assertThat(taker.end).succeedsWithin(SOON);
    }

    @Test
    @DisplayName("G6 a stream whose policy is END fails when it falls behind")
    void failsAStreamThatFallsBehind() {
        Peer peer = server.connect(client);
        Taker taker = take(new ListenerOptions(2, OverflowPolicy.END, 0));
        peer.emit("A").emit("B").emit("C").emit("D");
        settle(peer);
        taker.request(10);

        assertThat(failureOf(taker.end)).isInstanceOf(ListenerException.class);
        assertThat(taker.heard).containsExactly("A", "B");
    }

    @Test
    @DisplayName("G6 a subscriber that asks for nothing is told so; a cancelled one hears nothing")
    void keepsTheRulesOfStreams() {
        Peer peer = server.connect(client);
        Taker wrong = take(ListenerOptions.DEFAULTS);
        wrong.request(0);
        assertThat(failureOf(wrong.end)).isInstanceOf(IllegalArgumentException.class);

        Taker cancelled = take(ListenerOptions.DEFAULTS);
        cancelled.request(10);
        cancelled.subscription.join().cancel();
        List<String> before = new ArrayList<>(cancelled.heard);
        peer.emit("A");
        settle(peer);
        assertThat(cancelled.heard).isEqualTo(before);
        assertThat(cancelled.end).isNotDone();
        assertThatIllegalArgumentException().isThrownBy(() -> new ListenerOptions(0, OverflowPolicy.END, 0));
    }
}

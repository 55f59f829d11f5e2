package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.event.Subscription;
import dev.qmp.message.QmpEvent;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Callbacks for events: in order, and, if they delay replies, before the reply that follows. */
class EventCallbackTests extends OnEventSource {

    /** Replies wait for the callback, which is run by the common pool. */
    private void subscribeDelayingReplies(Consumer<QmpEvent> callback) {
        client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS.withDelayedReplies(),
                        ForkJoinPool.commonPool(),
                        signal -> {
                            if (signal instanceof EventSignal.Received received) {
                                callback.accept(received.event());
                            }
                        });
    }

    @Test
    @DisplayName("two listeners fail in two ways: each failure is logged at once, only its repetitions are held back")
    void input14NoFailureOfAListenerHidesAnother() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.QmpClient")) {
            Peer peer = server.connect(client);
            AtomicInteger wellDone = new AtomicInteger();
            Consumer<QmpEvent> failing = event -> {
                switch (event.name()) {
                    case "A" -> throw new IllegalStateException();
                    case "B" -> throw new IllegalArgumentException();
                    default -> wellDone.incrementAndGet();
                }
            };
            client.events().subscribe(EventFilter.all(), failing);
            client.events().subscribe(EventFilter.all(), failing);
            peer.emit("A").emit("A").emit("B").emit("B").emit("C");
            await().until(() -> wellDone.get() == 2);

            String atA = client.name() + ": An event callback failed at A";
            String atB = client.name() + ": An event callback failed at B";
            assertThat(log.at(Level.ERROR)).containsExactlyInAnyOrder(atA, atB, atA, atB);
            assertThat(log.at(Level.DEBUG)).filteredOn(line -> line.equals(atA)).hasSize(2);
            assertThat(log.at(Level.DEBUG)).filteredOn(line -> line.equals(atB)).hasSize(2);
        }
    }

    @Test
    @DisplayName("#52 by default a reply waits for no callback")
    void input16RepliesDoNotWaitForCallbacks() {
        Peer peer = server.connect(client);
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), event -> heard.add(event.name()));
        long began = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            // a fresh one in each round, because a reply would wait for the same callback only once
            client.events().subscribe(EventFilter.all(), event -> awaitUninterruptibly(testEnds));
            peer.emit("A");
            settle(peer);
        }

        await().untilAsserted(() -> assertThat(heard).hasSize(20));
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("20 replies, each behind an event")
                .isLessThan(HELD_BACK.multipliedBy(20));
    }

    @Test
    @DisplayName("a command's observer is notified when the reply arrives, though a callback delays the reply")
    void input16TheObserverMeasuresUntilTheReplyArrives() {
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch observed = new CountDownLatch(1);
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .commandObserver((observedClient, command) -> failure -> {
                    if (command.name().equals("measured")) {
                        order.add("observer");
                        observed.countDown();
                    }
                })
                .build();
        Peer peer = server.connect(client);
        subscribeDelayingReplies(event -> {
            awaitUninterruptibly(observed); // would wait for itself if the observer came after it
            order.add("callback");
        });
        CompletableFuture<Void> measured = client.execute("measured").thenAccept(result -> order.add("future"));
        ObjectNode command = peer.hear("measured");
        peer.emit("A").answer(command, "{}");

        assertThat(measured).succeedsWithin(SOON);
        await().untilAsserted(() -> assertThat(order).hasSize(3));
        assertThat(order).startsWith("observer");
    }

    @Test
    @DisplayName("#55 a reply comes after the callbacks for the events before it, if the subscription delays replies")
    void repliesAfterTheEventsBefore() {
        Peer peer = server.connect(client);
        List<String> heard = new CopyOnWriteArrayList<>();
        subscribeDelayingReplies(event -> heard.add(event.name()));
        int judged = 0;
        for (int i = 1; i <= 200; i++) {
            String event = "E" + i;
            CompletableFuture<List<String>> seen = client.execute("c").thenApply(result -> List.copyOf(heard));
            ObjectNode command = peer.hear("c");
            long began = System.nanoTime();
            peer.emit(event).answer(command, "{}");
            List<String> before = seen.join();
            if (System.nanoTime() - began < HELD_BACK.toNanos()) {
                assertThat(before).hasSize(i).endsWith(event);
                judged++;
            }
            await().until(() -> heard.contains(event));
        }
        assertThat(judged).isPositive();
    }

    @Test
    @DisplayName("#51 a callback that throws is logged once, and receives the next event")
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

            await().untilAsserted(() -> assertThat(log.everything())
                    .as("the second failure is there for who looks for it")
                    .filteredOn(line -> line.contains("of the application"))
                    .hasSize(2));
            assertThat(log.at(Level.ERROR)).hasSize(1);
            assertThat(log.hasTraceAt(Level.ERROR)).isTrue();
        }
        assertThat(heard).containsExactly("A", "B");
        await().untilAsserted(() -> assertThat(other).containsExactly("A", "B"));
    }

    @Test
    @DisplayName("#52 a callback that blocks for ever holds up replies once and for a moment, and no other listener")
    void survivesABlockingCallback() {
        Peer peer = server.connect(client);
        List<String> other = new CopyOnWriteArrayList<>();
        subscribeDelayingReplies(event -> awaitUninterruptibly(testEnds));
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
        // on a thread of its own: the common pool may have one thread only, which the callback blocks
        assertThat(CompletableFuture.runAsync(client::close, task -> new Thread(task, "closing").start()))
                .succeedsWithin(SOON);
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
    @DisplayName("#52 a callback that delays replies may run a blocking command, whose reply does not wait for it")
    void runsABlockingCommandInACallbackThatDelaysReplies() {
        Peer peer = server.connect(client);
        CountDownLatch done = new CountDownLatch(1);
        try (LogRecorder log = LogRecorder.of("dev.qmp.QmpClient")) {
            subscribeDelayingReplies(event -> {
                client.blocking().execute("within");
                done.countDown();
            });
            peer.emit("GO");
            peer.answer(peer.hear("within"), "{}");

            awaitUninterruptibly(done);
            assertThat(log.at(Level.WARN))
                    .as("a reply that is held too long is logged")
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("#50 a callback whose policy is END receives the queued signals, and its end is logged")
    void endsACallbackThatFallsBehind() {
        Peer peer = server.connect(client);
        List<EventSignal> heard = new CopyOnWriteArrayList<>();
        CountDownLatch released = new CountDownLatch(1);
        try (LogRecorder log = LogRecorder.of("dev.qmp.QmpClient")) {
            client.events()
                    .subscribe(
                            EventFilter.all(),
                            new ListenerOptions(2, OverflowPolicy.END, 0),
                            ForkJoinPool.commonPool(),
                            signal -> {
                                heard.add(signal);
                                awaitUninterruptibly(released);
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
    @DisplayName("#50 what a callback without options loses is logged")
    void logsTheLossesOfACallbackThatFallsBehind() {
        client.close();
        client = QmpClient.builder(server.endpoint()).eventCapacity(2).build();
        Peer peer = server.connect(client);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (LogRecorder log = LogRecorder.of("dev.qmp.QmpClient")) {
            client.events().subscribe(EventFilter.all(), event -> {
                begun.countDown();
                awaitUninterruptibly(released);
            });
            peer.emit("A");
            awaitUninterruptibly(begun);
            peer.emit("B").emit("C").emit("D").emit("E");
            settle(peer);
            released.countDown();
            await().untilAsserted(() ->
                    assertThat(log.at(Level.WARN)).singleElement().asString().contains("2 events were lost"));
        }
    }

    @Test
    @DisplayName("the application can wait until a callback has returned from all events received by then")
    void awaitsTheDelivery() {
        Peer peer = server.connect(client);
        CountDownLatch released = new CountDownLatch(1);
        List<String> heard = new CopyOnWriteArrayList<>();
        Subscription subscription = client.events().subscribe(EventFilter.all(), event -> {
            awaitUninterruptibly(released);
            heard.add(event.name());
        });
        peer.emit("A").emit("B");
        settle(peer);
        CompletableFuture<List<String>> delivered = subscription.delivered().thenApply(nothing -> List.copyOf(heard));
        await().until(() -> subscription.undelivered() == 1);
        assertThat(delivered).isNotDone();
        released.countDown();

        assertThat(delivered).succeedsWithin(SOON).isEqualTo(List.of("A", "B"));
        assertThat(subscription.undelivered()).isZero();
        client.close();
        assertThat(subscription.delivered()).succeedsWithin(SOON);
    }

    @Test
    @DisplayName("G6 a closed subscription receives nothing more")
    void endsASubscription() {
        ExecutorService oneThread = Executors.newSingleThreadExecutor();
        try {
            client = QmpClient.builder(server.endpoint())
                    .reconnect(ReconnectPolicy.never())
                    .callbackExecutor(oneThread)
                    .build();
            Peer peer = server.connect(client);
            List<String> heard = new CopyOnWriteArrayList<>();
            List<String> heardByTheNext = new CopyOnWriteArrayList<>();
            Subscription subscription = client.events().subscribe(EventFilter.all(), event -> heard.add(event.name()));
            client.events().subscribe(EventFilter.all(), event -> heardByTheNext.add(event.name()));
            peer.emit("A");
            await().untilAsserted(() -> assertThat(heard).containsExactly("A"));
            subscription.close();
            peer.emit("B");
            // the thread would run the callback of the closed subscription first
            await().untilAsserted(() -> assertThat(heardByTheNext).containsExactly("A", "B"));

            assertThat(heard).containsExactly("A");
            client.close();
        } finally {
            oneThread.shutdown();
        }
    }
}

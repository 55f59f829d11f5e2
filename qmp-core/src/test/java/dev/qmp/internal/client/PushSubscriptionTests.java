package dev.qmp.internal.client;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpEvent;
import dev.qmp.testing.LogRecorder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Callbacks on executors that are not always willing. */
class PushSubscriptionTests {

    private final ManualExecutor executor = new ManualExecutor();
    private final List<String> heard = new ArrayList<>();
    private final List<ListenerException> ends = new ArrayList<>();

    private PushSubscription subscribe(Executor where) {
        return subscribe(where, ListenerOptions.DEFAULTS, this::hear);
    }

    private void hear(EventSignal signal) {
        heard.add(
                signal instanceof EventSignal.Received received
                        ? received.event().name()
                        : signal.getClass().getSimpleName());
    }

    private PushSubscription subscribe(Executor where, ListenerOptions options, Consumer<EventSignal> callback) {
        return new PushSubscription(
                new PushSettings(
                        EventFilter.all(),
                        options,
                        where,
                        subscription -> {},
                        executor::schedule,
                        new FailureLog(LoggerFactory.getLogger(PushSubscriptionTests.class))),
                callback,
                ends::add);
    }

    private static EventSignal event(String name) {
        return new EventSignal.Received(QmpEvent.of(name));
    }

    @Test
    @DisplayName("G6 an executor that drops an accepted task is logged, as one that refuses is")
    void endsWithAnExecutorThatThrowsAway() throws InterruptedException {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        CountDownLatch busy = new CountDownLatch(1);
        pool.execute(() -> awaitUninterruptibly(busy));
        PushSubscription subscription = subscribe(pool);
        subscription.offer(event("A"));
        assertThat(pool.shutdownNow()).hasSize(1);
        busy.countDown();
        assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();

        subscription.offer(event("B"));

        assertThat(heard).isEmpty();
        assertThat(ends).singleElement().asString().contains("shut down");
    }

    @Test
    @DisplayName("G6 an executor that is full for a moment costs no event, and is asked again by a timer")
    void waitsForAFullExecutor() {
        try (LogRecorder log = LogRecorder.of(PushSubscriptionTests.class.getName())) {
            PushSubscription subscription = subscribe(executor);
            executor.refuse(null, new RejectedExecutionException("full"));
            subscription.offer(event("A"));
            executor.expire();
            subscription.offer(event("B"));
            assertThat(executor.timers()).isEqualTo(1);

            executor.accept();
            executor.expire();
            executor.runAll();

            assertThat(log.at(Level.WARN)).hasSize(1);
        }
        assertThat(heard).containsExactly("A", "B");
        assertThat(ends).isEmpty();
    }

    @Test
    @DisplayName("G6 an executor that fails to create a thread is asked again")
    void survivesAnExecutorThatFails() {
        PushSubscription subscription = subscribe(executor);
        executor.refuse(new OutOfMemoryError("unable to create native thread"), null);
        subscription.offer(event("A"));
        executor.accept();
        executor.expire();
        executor.runAll();

        assertThat(heard).containsExactly("A");
        assertThat(ends).isEmpty();
    }

    @Test
    @DisplayName("G6 an executor that cannot be asked again by a timer is asked at the next event")
    void survivesAnExecutorThatFailsWithoutATimer() {
        PushSubscription subscription = subscribe(executor);
        executor.refuse(new OutOfMemoryError("unable to create native thread"), null);
        executor.refuseTimers();
        subscription.offer(event("A"));
        executor.accept();
        subscription.offer(event("B"));
        executor.runAll();

        assertThat(heard).containsExactly("A", "B");
        assertThat(ends).isEmpty();
    }

    @Test
    @DisplayName("G6 an executor that is shut down ends the subscription, and that is logged")
    void endsWithItsExecutor() {
        ExecutorService shutDown = Executors.newSingleThreadExecutor();
        shutDown.shutdown();
        subscribe(shutDown).offer(event("A"));

        assertThat(ends).hasSize(1);
        assertThat(ends.get(0)).hasMessage("the executor of the callback was shut down");
        assertThat(executor.timers()).isZero();
    }

    @Test
    @DisplayName("G7 a closed subscription, and one of a closed client, do not go on asking an executor that refuses")
    void leavesAnExecutorAlone() {
        executor.refuse(null, new RejectedExecutionException("full"));
        PushSubscription closed = subscribe(executor);
        closed.offer(event("A"));
        closed.close();
        assertThat(executor.timers()).isZero();
        assertThat(ends).isEmpty();

        PushSubscription ended = subscribe(executor);
        ended.offer(event("A"));
        ended.end(new ListenerException("the client was closed", null));
        assertThat(executor.timers()).isZero();
        assertThat(ends).hasSize(1);
        assertThat(ends.get(0)).hasMessage("the client was closed");
    }

    @Test
    @DisplayName("G6 a call that has begun when the subscription is closed is the last")
    void makesNoCallAfterTheOneUnderWay() {
        List<PushSubscription> own = new ArrayList<>();
        List<EventSignal> calls = new ArrayList<>();
        own.add(subscribe(executor, ListenerOptions.DEFAULTS, signal -> {
            calls.add(signal);
            own.get(0).close();
        }));
        own.get(0).offer(event("A"));
        own.get(0).offer(event("B"));
        executor.runAll();
        own.get(0).offer(event("C"));
        executor.runAll();

        assertThat(calls).hasSize(1);
    }

    @Test
    @DisplayName("a delivery is complete when the callback has returned from the last signal until then")
    void completesADelivery() {
        List<CompletableFuture<Void>> deliveries = new ArrayList<>();
        List<List<Boolean>> done = new ArrayList<>();
        PushSubscription subscription = subscribe(
                executor,
                ListenerOptions.DEFAULTS,
                signal -> done.add(
                        deliveries.stream().map(CompletableFuture::isDone).toList()));
        assertThat(subscription.delivered()).isCompleted();
        for (String name : List.of("A", "B", "C")) {
            subscription.offer(event(name));
            deliveries.add(subscription.delivered());
        }
        executor.runAll();

        assertThat(done)
                .containsExactly(List.of(false, false, false), List.of(true, false, false), List.of(true, true, false));
        assertThat(deliveries).allMatch(CompletableFuture::isDone);
    }

    @Test
    @DisplayName("a delivery does not wait for the events that were lost before its last signal")
    void skipsLostEvents() {
        List<CompletableFuture<Void>> deliveries = new ArrayList<>();
        List<Boolean> done = new ArrayList<>();
        List<PushSubscription> own = new ArrayList<>();
        own.add(subscribe(executor, ListenerOptions.DEFAULTS.withCapacity(2), signal -> {
            hear(signal);
            done.add(deliveries.get(0).isDone());
            if (signal instanceof EventSignal.Received && heard.size() < 4) {
                own.get(0).offer(event("later")); // the queue does not become empty
            }
        }));
        for (String name : List.of("A", "B", "C", "D")) {
            own.get(0).offer(event(name));
        }
        deliveries.add(own.get(0).delivered());
        assertThat(own.get(0).undelivered()).as("two events and a gap of two").isEqualTo(4);
        executor.runAll();

        assertThat(heard).startsWith("Gap", "C", "D", "later");
        assertThat(done).startsWith(false, false, false, true);
    }

    @Test
    @DisplayName("a callback may wait for its own delivery, and for another one within its own thread")
    void doesNotWaitForItself() {
        List<PushSubscription> own = new ArrayList<>();
        List<Boolean> done = new ArrayList<>();
        PushSubscription inner = subscribe(
                Runnable::run,
                ListenerOptions.DEFAULTS,
                signal -> done.add(own.get(0).delivered().isDone()));
        own.add(subscribe(executor, ListenerOptions.DEFAULTS, signal -> {
            done.add(own.get(0).delivered().isDone());
            inner.offer(signal);
        }));
        own.get(0).offer(event("A"));
        executor.runAll();

        assertThat(done).containsExactly(true, true);
    }

    @Test
    @DisplayName("a subscription that is closed within a call has delivered at the end of this call, otherwise at once")
    void completesADeliveryOfAClosedSubscription() {
        PushSubscription idle = subscribe(executor);
        idle.offer(event("A"));
        executor.runAll();
        idle.offer(event("B"));
        CompletableFuture<Void> delivery = idle.delivered();
        assertThat(delivery).isNotDone();
        idle.close();
        assertThat(delivery).isCompleted();
        assertThat(idle.delivered()).isCompleted();

        List<PushSubscription> own = new ArrayList<>();
        List<CompletableFuture<Void>> deliveries = new ArrayList<>();
        List<Boolean> done = new ArrayList<>();
        own.add(subscribe(executor, ListenerOptions.DEFAULTS, signal -> {
            own.get(0).close();
            done.add(deliveries.get(0).isDone());
        }));
        own.get(0).offer(event("A"));
        own.get(0).offer(event("B"));
        deliveries.add(own.get(0).delivered());
        executor.runAll();
        assertThat(done).containsExactly(false);
        assertThat(deliveries.get(0)).isCompleted();
    }

    @Test
    @DisplayName("a delivery is complete when the executor was shut down, also if that has dropped the call")
    void completesADeliveryOnADeadExecutor() throws InterruptedException {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        CountDownLatch busy = new CountDownLatch(1);
        pool.execute(() -> awaitUninterruptibly(busy));
        PushSubscription subscription = subscribe(pool);
        subscription.offer(event("A"));
        CompletableFuture<Void> delivery = subscription.delivered();
        assertThat(pool.shutdownNow()).hasSize(1);
        busy.countDown();
        assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(delivery).isNotDone();

        assertThat(subscription.delivered()).isCompleted();

        assertThat(delivery).isCompleted();
        assertThat(ends).hasSize(1);
    }

    @Test
    @DisplayName("a closed subscription knows the events that its callback has not received")
    void countsWhatIsNotDelivered() {
        List<PushSubscription> own = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        own.add(subscribe(executor, new ListenerOptions(3, OverflowPolicy.DROP_NEWEST, 0), signal -> {
            own.get(0).close();
            counts.add(own.get(0).undelivered());
        }));
        for (String name : List.of("A", "B", "C", "lost", "lost")) {
            own.get(0).offer(event(name));
        }
        own.get(0).offer(new EventSignal.Connected(null));
        executor.runAll();

        assertThat(counts).containsExactly(4L);
        assertThat(own.get(0).undelivered()).isEqualTo(4);
    }
}

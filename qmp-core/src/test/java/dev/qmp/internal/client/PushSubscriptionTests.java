package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpEvent;
import dev.qmp.testing.LogRecorder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Callbacks on executors that are not always willing. */
class PushSubscriptionTests {

    private final ManualExecutor executor = new ManualExecutor();
    private final List<String> heard = new ArrayList<>();
    private final List<ListenerException> ends = new ArrayList<>();

    private PushSubscription subscribe(Executor where) {
        return new PushSubscription(
                EventFilter.all(),
                ListenerOptions.DEFAULTS,
                where,
                signal -> heard.add(((EventSignal.Received) signal).event().name()),
                subscription -> {},
                ends::add,
                () -> {},
                executor::schedule,
                LoggerFactory.getLogger(PushSubscriptionTests.class));
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

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        own.add(new PushSubscription(
                EventFilter.all(),
                ListenerOptions.DEFAULTS,
                executor,
                signal -> {
                    calls.add(signal);
                    own.get(0).close();
                },
                subscription -> {},
                ends::add,
                () -> {},
                executor::schedule,
                LoggerFactory.getLogger(PushSubscriptionTests.class)));
        own.get(0).offer(event("A"));
        own.get(0).offer(event("B"));
        executor.runAll();
        own.get(0).offer(event("C"));
        executor.runAll();

        assertThat(calls).hasSize(1);
    }
}

package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.OverflowPolicy;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Loop;
import dev.qmp.message.QmpEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules of reactive streams, one step after another. */
class EventStreamTests {

    private static final ListenerOptions TWO = new ListenerOptions(2, OverflowPolicy.DROP_OLDEST, 0);

    private final ManualExecutor executor = new ManualExecutor();
    private final EventRegistry events = registry();
    private final Taker taker = new Taker();

    private EventRegistry registry() {
        Logger logger = LoggerFactory.getLogger(EventStreamTests.class);
        return new EventRegistry(ListenerOptions.DEFAULTS, executor, logger, new FailureLog(logger), new ManualLoop());
    }

    private final class ManualLoop implements Loop {

        @Override
        public boolean isOnLoop() {
            return true;
        }

        @Override
        public boolean isOnAnyLoop() {
            return false;
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return executor.schedule(delay, task);
        }
    }

    /** Writes down how it is called. */
    private static class Taker implements Flow.Subscriber<Object> {

        private final List<String> calls = new ArrayList<>();
        private Flow.@Nullable Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            calls.add("onSubscribe");
        }

        @Override
        public void onNext(Object item) {
            calls.add(
                    item instanceof QmpEvent event
                            ? event.name()
                            : item.getClass().getSimpleName());
        }

        @Override
        public void onError(Throwable failure) {
            calls.add("onError " + failure.getClass().getSimpleName());
        }

        @Override
        public void onComplete() {
            calls.add("onComplete");
        }
    }

    private void emit(String... names) {
        for (String name : names) {
            events.dispatch(QmpEvent.of(name));
        }
    }

    private Flow.Publisher<QmpEvent> publisher() {
        return events.publisher(EventFilter.all(), TWO);
    }

    @Test
    @DisplayName("G6 a stream of a closed client completes, after onSubscribe")
    void completesAfterOnSubscribe() {
        events.close();
        publisher().subscribe(taker);
        executor.runAll();

        assertThat(taker.calls).containsExactly("onSubscribe", "onComplete");
    }

    @Test
    @DisplayName("G6 no signal is delivered before onSubscribe has returned, even if it requests some")
    void callsNothingWithinOnSubscribe() {
        Taker eager = new Taker() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                given.request(10);
                super.onSubscribe(given);
            }
        };
        publisher().subscribe(eager);
        emit("A");
        executor.runAll();

        assertThat(eager.calls).containsExactly("onSubscribe", "A");
    }

    @Test
    @DisplayName("G6 a subscriber must not be null")
    void refusesNull() {
        assertThatNullPointerException().isThrownBy(() -> publisher().subscribe(null));
    }

    @Test
    @DisplayName("G7 a subscriber whose onSubscribe throws is forgotten")
    void forgetsASubscriberThatThrows() {
        Taker broken = new Taker() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                throw new IllegalStateException("of the application");
            }
        };
        publisher().subscribe(broken);
        executor.runAll();
        emit("A", "B", "C", "D");

        assertThat(executor.waiting()).isZero();
        assertThat(events.lost()).isZero();
        assertThat(broken.calls).isEmpty();
    }

    @Test
    @DisplayName("G6 the end of a stream does not wait for more to be asked for, though events were lost before")
    void endsAfterAGap() {
        publisher().subscribe(taker);
        executor.runAll();
        emit("A", "B", "C", "D");
        taker.subscription.request(2);
        events.close();
        executor.runAll();

        assertThat(taker.calls).containsExactly("onSubscribe", "C", "D", "onComplete");

        Taker greedyTaker = new Taker();
        EventRegistry newest = registry();
        newest.publisher(EventFilter.all(), TWO.withOverflow(OverflowPolicy.DROP_NEWEST))
                .subscribe(greedyTaker);
        executor.runAll();
        for (String name : List.of("A", "B", "C")) {
            newest.dispatch(QmpEvent.of(name));
        }
        greedyTaker.subscription.request(2);
        newest.close();
        executor.runAll();
        assertThat(greedyTaker.calls).containsExactly("onSubscribe", "A", "B", "onComplete");
    }

    @Test
    @DisplayName("G7 a stalled subscriber has one task in its executor, however many events come")
    void queuesOneTask() {
        publisher().subscribe(taker);
        for (int i = 0; i < 1000; i++) {
            emit("E" + i);
        }

        assertThat(executor.waiting()).isEqualTo(1);
        assertThat(events.lost()).isEqualTo(998);
    }

    @Test
    @DisplayName("G6 a stream of signals contains sessions and losses")
    void tellsOfGapsAndSessions() {
        events.signals(EventFilter.all(), TWO).subscribe(taker);
        events.signal(new EventSignal.Connected(null));
        emit("A", "B", "C");
        executor.runAll();
        taker.subscription.request(10);
        executor.runAll();

        assertThat(taker.calls).containsExactly("onSubscribe", "Connected", "Gap", "Received", "Received");
    }

    @Test
    @DisplayName("G1 a stream ends though its executor refuses")
    void endsThoughItsExecutorRefuses() {
        publisher().subscribe(taker);
        executor.runAll();
        executor.refuse(null, new RejectedExecutionException("full"));
        emit("A");
        events.close();

        assertThat(taker.calls).containsExactly("onSubscribe", "onComplete");
    }

    @Test
    @DisplayName("G6 what is asked for after the end, or wrongly, is no reason to call again")
    void endsOnce() {
        publisher().subscribe(taker);
        executor.runAll();
        taker.subscription.request(-1);
        taker.subscription.request(0);
        executor.runAll();
        taker.subscription.request(0);
        events.close();
        executor.runAll();

        assertThat(taker.calls).containsExactly("onSubscribe", "onError IllegalArgumentException");
    }
}

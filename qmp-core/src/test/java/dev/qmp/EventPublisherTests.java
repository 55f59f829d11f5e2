package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
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
import dev.qmp.testing.ScriptedServer.Peer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events as a {@link Flow.Publisher}. */
class EventPublisherTests extends OnEventSource {

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

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("G6 a stream of all signals has the changes of the runstate in their place, if it is to have them")
    void streamsRunstates(boolean wanted) {
        List<String> heard = new CopyOnWriteArrayList<>();
        ListenerOptions options = wanted ? ListenerOptions.DEFAULTS.withRunstates() : ListenerOptions.DEFAULTS;
        client.events().signals(EventFilter.all(), options).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(EventSignal signal) {
                heard.add(
                        signal instanceof EventSignal.RunstateChanged changed
                                ? changed.change().current().name()
                                : signal.getClass().getSimpleName());
            }

            @Override
            public void onError(Throwable failure) {
                heard.add("failed");
            }

            @Override
            public void onComplete() {
                heard.add("completed");
            }
        });
        Peer peer = server.connect(client);
        peer.emit("A");
        settle(peer);
        client.close();

        List<String> all = List.of(
                "CONNECTING", "RUNNING", "Connected", "Received", "DISCONNECTING", "IDLE", "Disconnected", "completed");
        List<String> some = List.of("Connected", "Received", "Disconnected", "completed");
        await().untilAsserted(() -> assertThat(heard).isEqualTo(wanted ? all : some));
    }

    @Test
    @DisplayName("G6 #51 a subscriber that throws at its end, after a shutdown of the executor, affects no other")
    void survivesASubscriberThatThrowsAtItsEnd() throws InterruptedException {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .callbackExecutor(executor)
                .build();
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        client.events().publisher(EventFilter.all(), ListenerOptions.DEFAULTS).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(1);
            }

            @Override
            public void onNext(QmpEvent event) {}

            @Override
            public void onError(Throwable failure) {
                told.complete(failure);
                throw new IllegalStateException("of the application");
            }

            @Override
            public void onComplete() {}
        });
        EventMailbox other = client.events().openMailbox(EventFilter.all());
        Peer peer = server.connect(client);
        executor.shutdown();
        peer.emit("A");

        assertThat(told).succeedsWithin(SOON);
        assertThat(other.nextEvent(SOON).name()).isEqualTo("A");
        settle(peer);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
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
    @DisplayName("G6 a subscriber that requests zero events fails with that reason; a cancelled one receives nothing")
    void keepsTheRulesOfStreams() {
        ExecutorService oneThread = Executors.newSingleThreadExecutor();
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .callbackExecutor(oneThread)
                .build();
        Peer peer = server.connect(client);
        Taker wrong = take(ListenerOptions.DEFAULTS);
        wrong.request(0);
        assertThat(failureOf(wrong.end)).isInstanceOf(IllegalArgumentException.class);

        Taker cancelled = take(ListenerOptions.DEFAULTS);
        cancelled.request(10);
        cancelled.subscription.join().cancel();
        Taker next = take(ListenerOptions.DEFAULTS);
        next.request(10);
        peer.emit("A");
        // the one thread would serve the cancelled subscriber first
        await().untilAsserted(() -> assertThat(next.heard).containsExactly("A"));
        assertThat(cancelled.heard).isEmpty();
        assertThat(cancelled.end).isNotDone();
        assertThatIllegalArgumentException().isThrownBy(() -> new ListenerOptions(0, OverflowPolicy.END, 0));
        client.close();
        oneThread.shutdown();
    }
}

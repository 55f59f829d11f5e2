package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.NotSentException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.RunstateRecorder;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The end of a client that reconnects: that it ends, and which caller gets which cause. */
class DisconnectTests extends OnScriptedServer {

    private static final ReconnectPolicy AT_ONCE = () -> () -> Duration.ofMillis(1);

    private QmpClientBuilder builder() {
        return QmpClient.builder(server.endpoint()).reconnect(AT_ONCE).disconnectTimeout(Duration.ofMillis(50));
    }

    @RepeatedTest(100)
    @DisplayName("S16 #19 a disconnect while a session comes about ends it for good")
    void endsASessionThatIsComingAbout() {
        server.playWithEach(Peer::negotiate);
        client = builder().build();
        client.connect();
        int spins = ThreadLocalRandom.current().nextInt(100_000);
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
        client.disconnect().exceptionally(failure -> null).join();
        assertThat(client.status().reconnecting()).isFalse();
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("S15 #19 a connect cancelled in the last moment, when there is a session already, is not made again")
    void isNotMadeAgainAfterACancellation() throws InterruptedException {
        LinkedBlockingQueue<Runnable> callbacks = new LinkedBlockingQueue<>();
        client = builder().callbackExecutor(callbacks::add).build();
        RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
        CompletableFuture<Void> connect = client.connect();
        server.accept().negotiate();
        await().until(() -> client.runstate() == Runstate.RUNNING);
        connect.cancel(false);
        while (client.runstate() != Runstate.IDLE) {
            callbacks.take().run();
        }
        assertThat(client.status().reconnecting()).isFalse();
        while (runstates.changes().size() < 4) {
            callbacks.take().run();
        }
        runstates.assertSequence(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE);
    }

    @Test
    @DisplayName("S15 a connect whose future its caller has completed with a value ends, and is not made again")
    void endsAConnectThatItsCallerHasCompleted() {
        client = builder().build();
        RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
        CompletableFuture<Void> connect = client.connect();
        peer = server.accept();
        connect.complete(null); // as completeOnTimeout does
        runstates.assertSequence(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE);
        assertThat(client.status().reconnecting()).isFalse();
    }

    @Test
    @DisplayName("S15 #19 a connect that is refused, and cancelled too, leaves the session of another caller as it was")
    void leavesOthersAlone() {
        client = builder().build();
        peer = server.connect(client);
        for (int i = 0; i < 20; i++) {
            client.connect().cancel(false);
        }
        CompletableFuture<JsonNode> command = client.execute("next");
        peer.answer(peer.hear("next"), "{}");
        command.join();
        assertThat(client.status().reconnecting()).isTrue();
        peer.close();
        server.accept().negotiate();
        await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    @Test
    @DisplayName("S17 a blocking disconnect throws the cause of the session's end, once, unless it was received before")
    void tellsWhoBlocksOfTheFirstCause() {
        connect();
        peer.close();
        awaitIdle();
        assertThatExceptionOfType(ConnectionLostException.class)
                .isThrownBy(() -> client.blocking().disconnect())
                .withMessageContaining("the peer closed the connection");
        assertThatCode(() -> client.blocking().disconnect()).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("S16 a disconnect on the event loop lets the commands go first that were issued before it")
    void doesNotOvertakeCommandsOnTheLoop() {
        connect(builder -> builder.callbackExecutor(Runnable::run).disconnectTimeout(Duration.ofSeconds(10)));
        List<CompletableFuture<JsonNode>> issued = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> ended = client.execute("first").thenCompose(result -> {
            CompletableFuture.runAsync(() -> issued.add(client.execute("of another thread")))
                    .join();
            issued.add(client.execute("own"));
            return client.disconnect();
        });
        peer.answer(peer.hear("first"), "{}");
        peer.answer(peer.hear("of another thread"), "{}").answer(peer.hear("own"), "{}");

        ended.join();
        assertThat(issued).hasSize(2).allSatisfy(command -> assertThat(command).isCompleted());
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("S16 a command that follows a disconnect is not sent, even if the event loop is busy with both")
    void refusesCommandsAfterADisconnect() {
        connect(builder -> builder.callbackExecutor(Runnable::run));
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        client.execute("first").thenRun(() -> {
            busy.countDown();
            awaitUninterruptibly(free);
        });
        peer.answer(peer.hear("first"), "{}");
        awaitUninterruptibly(busy);

        CompletableFuture<Void> ended = client.disconnect();
        CompletableFuture<JsonNode> late = client.execute("late");
        free.countDown();

        assertThat(failureOf(late)).isInstanceOf(NotSentException.class);
        ended.join();
        peer.hearsTheEnd();
    }

    @Test
    @DisplayName(
            "G6 if a callback on the event loop closes the client, listeners are notified of the session end first")
    void tellsListenersOfTheEndBeforeItCloses() throws InterruptedException {
        client = builder().callbackExecutor(Runnable::run).build();
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        peer = server.connect(client);
        CompletableFuture<JsonNode> last = client.execute("last");
        last.thenRun(client::close);
        peer.answer(peer.hear("last"), "{}");
        assertThat(listener.next(Duration.ofSeconds(10))).isInstanceOf(EventSignal.Connected.class);
        assertThat(listener.next(Duration.ofSeconds(10))).isInstanceOf(EventSignal.Disconnected.class);
        assertThatExceptionOfType(ListenerException.class).isThrownBy(() -> listener.next(Duration.ofSeconds(10)));
    }

    @Test
    @DisplayName("G1 G6 when the event loops are closed there is no more hope, and no reply is held back")
    void givesUpWithItsLoops() {
        List<EventSignal> signals = new CopyOnWriteArrayList<>();
        List<Runnable> stuck = new ArrayList<>();
        ExecutorService callbacks = Executors.newCachedThreadPool();
        EventLoops loops = EventLoops.create(1);
        client = builder().eventLoops(loops).build();
        peer = server.connect(client);
        client.events()
                .subscribe(
                        EventFilter.named("A"),
                        ListenerOptions.DEFAULTS.withDelayedReplies(),
                        stuck::add,
                        signal -> {});
        client.events().subscribe(EventFilter.named("B"), ListenerOptions.DEFAULTS, callbacks, signals::add);
        CompletableFuture<JsonNode> held = client.execute("held");
        peer.emit("A").answer(peer.hear("held"), "{}").emit("B");
        await().until(() -> !signals.isEmpty());
        loops.close();
        assertThat(held).succeedsWithin(Duration.ofSeconds(10));
        awaitIdle();
        assertThat(client.status().reconnecting()).isFalse();
        await().untilAsserted(() -> assertThat(signals)
                .last()
                .isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> assertThat(end.reconnecting())
                        .isFalse()));
        callbacks.shutdown();
    }
}

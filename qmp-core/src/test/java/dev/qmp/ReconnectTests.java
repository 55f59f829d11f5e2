package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.event.EventMatch;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import dev.qmp.testing.RunstateRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sessions that come and go, and callers that wait for that on the one thread there is for callbacks. */
@Timeout(20)
class ReconnectTests {

    /** Stops after the second failure in a row. */
    private static final ReconnectPolicy ONE_DELAY =
            () -> List.of(Duration.ofMillis(1)).iterator()::next;

    private static final EventMatch DONE = EventFilter.named("DONE");

    private final ScriptedServer server = ScriptedServer.start();
    private final ExecutorService single = Executors.newSingleThreadExecutor();
    private QmpClient client = builder().build();

    private QmpClientBuilder builder() {
        return QmpClient.builder(server.endpoint())
                .name("reconnect")
                .disconnectTimeout(Duration.ofMillis(100))
                .callbackExecutor(single);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        single.shutdownNow();
    }

    // ------------------------------------------------------------------ back-off

    @Test
    @DisplayName("#21 G10 the back-off begins anew only after a negotiation, however often the server greets")
    void growsTheBackOffUntilNegotiated() {
        AtomicInteger series = new AtomicInteger();
        AtomicInteger delays = new AtomicInteger();
        client = builder()
                .reconnect(() -> {
                    series.incrementAndGet();
                    return () -> {
                        delays.incrementAndGet();
                        return Duration.ofMillis(1);
                    };
                })
                .build();
        client.start();
        for (int i = 0; i < 10; i++) {
            server.accept().say(ScriptedServer.GREETING).close();
        }
        Peer negotiated = server.accept().negotiate();
        await().until(() -> client.runstate() == Runstate.RUNNING);
        assertThat(series).hasValue(1);
        assertThat(delays).hasValue(10);

        negotiated.close();
        server.accept().say(ScriptedServer.GREETING).close();
        server.accept().negotiate();
        await().until(() -> client.runstate() == Runstate.RUNNING);
        assertThat(series).hasValue(2);
        assertThat(delays).hasValue(12);
        await().untilAsserted(() -> assertThat(client.status().reconnects()).isEqualTo(1));
    }

    @Test
    @DisplayName("G13 reconnectNow() connects within a delay, and not before a start, after a disconnect or a close")
    void makesAnAttemptOnRequest() {
        client = builder().reconnect(() -> () -> Duration.ofHours(1)).build();
        RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
        client.reconnectNow();
        server.connect(client).close();
        await().until(() -> client.status().reconnectState() == ReconnectState.WAITING);

        client.reconnectNow();
        server.accept().negotiate().close();
        await().until(() -> client.status().reconnects() == 1);
        await().until(() -> client.status().reconnectState() == ReconnectState.WAITING);

        CompletableFuture<Void> disconnected = client.disconnect();
        client.reconnectNow();
        assertThat(disconnected).failsWithin(Duration.ofSeconds(5)); // with the end of the lost session
        assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.STOPPED);
        client.close();
        client.reconnectNow();
        client.disconnect().join(); // the loop has executed the call before
        runstates.assertSequence(
                Runstate.CONNECTING,
                Runstate.RUNNING,
                Runstate.DISCONNECTING,
                Runstate.IDLE,
                Runstate.CONNECTING,
                Runstate.RUNNING,
                Runstate.DISCONNECTING,
                Runstate.IDLE,
                Runstate.DISCONNECTING, // the disconnect
                Runstate.IDLE,
                Runstate.DISCONNECTING, // the close
                Runstate.IDLE,
                Runstate.DISCONNECTING, // the disconnect after it
                Runstate.IDLE);
    }

    // ------------------------------------------------------------------ giving up

    @Test
    @DisplayName("#53 a wait for the next session fails when the client stops its attempts")
    void tellsListenersThatItGivesUp() throws InterruptedException {
        client = builder().reconnect(ONE_DELAY).build();
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        Peer first = server.connect(client);
        assertThat(client.status().reconnecting()).isTrue();
        first.close();
        server.accept().say("SSH-2.0-OpenSSH_9.2").close();

        await().until(() -> !client.status().reconnecting());
        List<EventSignal> signals = List.of(
                listener.next(Duration.ofSeconds(5)),
                listener.next(Duration.ofSeconds(5)),
                listener.next(Duration.ofSeconds(5)));
        assertThat(signals.get(0)).isInstanceOf(EventSignal.Connected.class);
        assertThat(signals.get(1))
                .isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> assertThat(end.reconnecting())
                        .isTrue());
        assertThat(signals.get(2)).isInstanceOfSatisfying(EventSignal.Disconnected.class, end -> {
            assertThat(end.reconnecting()).isFalse();
            assertThat(end.cause()).isInstanceOf(QmpConnectException.class);
        });
    }

    @Test
    @DisplayName("#53 a wait for an event of the first session fails when there will be none")
    void tellsListenersThatThereIsNoFirstSession() {
        client = builder().reconnect(ONE_DELAY).build();
        CompletableFuture<QmpEvent> next = client.events().next(EventFilter.all());
        client.start();
        server.accept().close();
        server.accept().say("SSH-2.0-OpenSSH_9.2").close();

        assertThat(next)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(ConnectionLostException.class);
        assertThat(client.status().reconnecting()).isFalse();
    }

    @Test
    @DisplayName("#53 the longest delays are no reason to stop trying")
    void waitsForEver() {
        Duration forever = ChronoUnit.FOREVER.getDuration();
        client = builder()
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(1), 2, 0, forever))
                .build();
        client.start();
        for (int i = 0; i < 2; i++) {
            server.accept().close();
        }
        server.accept().negotiate();
        await().until(() -> client.runstate() == Runstate.RUNNING);

        ReconnectPolicy.Schedule delays =
                ReconnectPolicy.exponential(forever, 2, 1, forever).newSchedule();
        assertThat(delays.nextDelay()).isPositive();
        assertThat(delays.nextDelay()).isPositive();
    }

    @Test
    @DisplayName("a command during the longest delay fails as not sent")
    void refusesACommandWhileItWaitsForEver() {
        client = builder()
                .reconnect(() -> () -> Duration.ofSeconds(Long.MAX_VALUE))
                .build();
        server.connect(client).close();
        await().until(() -> client.status().reconnecting() && client.runstate() == Runstate.IDLE);
        assertThatThrownBy(() -> client.blocking().execute("query-status"))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("the next attempt begins in");
    }

    @Test
    @DisplayName("#53 a wait for an event fails when the application ends the attempts")
    void tellsListenersThatTheApplicationGaveUp() {
        client = builder().reconnect(() -> () -> Duration.ofHours(1)).build();
        EventMailbox listener = client.events().openMailbox(EventFilter.all());
        server.connect(client).close();
        await().until(() -> client.runstate() == Runstate.IDLE);
        client.disconnect();

        assertThatThrownBy(() -> listener.nextEvent(Duration.ofMinutes(1))).isInstanceOf(ListenerException.class);
    }

    @Test
    @DisplayName("a start right after a disconnect connects, even if no loss would be made good")
    void startsRightAfterADisconnect() {
        client = builder().reconnect(ReconnectPolicy.never()).build();
        server.connect(client);
        client.execute("slow");
        client.disconnect();
        client.start();

        server.accept().negotiate();
        await().until(() -> client.runstate() == Runstate.RUNNING);
        assertThat(client.status().reconnects()).isZero();
    }

    // ------------------------------------------------------------------ one thread for callbacks

    @Test
    @DisplayName("G13 blocking calls end on the only thread of the callback executor, and so does close")
    void waitsOnTheOnlyCallbackThread() throws Exception {
        server.playWithEach(peer -> {
            peer.negotiate();
            peer.answer(peer.hear("job"), "{}").emit("DONE");
            peer.answer(peer.hear("quit"), "{}").close();
        });
        CompletableFuture<QmpEvent> event = CompletableFuture.supplyAsync(
                () -> {
                    client.blocking().connect();
                    assertThatThrownBy(() -> client.blocking().connect()).isInstanceOf(StateException.class);
                    return client.blocking().run(Operation.of(QmpCommand.of("job"), DONE, Duration.ofSeconds(10)));
                },
                single);
        assertThat(event.get(10, TimeUnit.SECONDS).name()).isEqualTo("DONE");
        CompletableFuture<Void> closed = client.execute("quit").thenRun(client::close);

        assertThat(closed).succeedsWithin(Duration.ofSeconds(10));
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("G13 a blocking connect that fails, and a disconnect, end on the only callback thread too")
    void failsOnTheOnlyCallbackThread() {
        server.closePeers();
        server.close();
        CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(
                () -> {
                    Throwable refused = catchThrowable(() -> client.blocking().connect());
                    client.blocking().disconnect();
                    return refused;
                },
                single);

        assertThat(failure).succeedsWithin(Duration.ofSeconds(10));
        assertThat(failure.join()).isInstanceOf(QmpConnectException.class);
    }

    // ------------------------------------------------------------------ closed

    @Test
    @DisplayName("G13 close on the client's own event loop waits for nothing, and ends in IDLE")
    void closesOnItsOwnEventLoop() throws Exception {
        try (QmpClient ownLoop = QmpClient.builder(server.endpoint())
                .callbackExecutor(Runnable::run)
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofSeconds(30))
                .build()) {
            RunstateRecorder runstates = RunstateRecorder.of(ownLoop::addRunstateListener);
            Peer peer = server.connect(ownLoop);
            CompletableFuture<JsonNode> command = ownLoop.execute("last");
            CompletableFuture<String> closed = command.thenApply(result -> {
                ownLoop.close();
                return Thread.currentThread().getName();
            });
            peer.answer(peer.hear("last"), "{}");

            assertThat(closed.get(10, TimeUnit.SECONDS)).startsWith("qmp-loop");
            peer.awaitEnd();
            runstates.assertSequence(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE);
            assertThat(ownLoop.status().lastError()).isNull();
            assertThat(ownLoop.connect())
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .withCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    @DisplayName("G13 a closed client does not connect or start, and commands fail with that reason")
    void staysClosed() {
        client.close();

        assertThat(client.connect())
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> client.blocking().connect()).isInstanceOf(IllegalStateException.class);
        client.start();
        assertThatThrownBy(() -> client.blocking().execute("query-status"))
                .isInstanceOf(NotSentException.class)
                .hasMessageContaining("is closed");
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        assertThat(client.status().reconnecting()).isFalse();
    }

    // ------------------------------------------------------------------ a command and its event

    @Test
    @DisplayName("G4 a rejected command is rejected, even if the session ends before its future completes")
    void tellsTheCommandsOwnOutcome() {
        client = builder().reconnect(ReconnectPolicy.never()).build();
        Peer peer = server.connect(client);
        CountDownLatch slow = new CountDownLatch(1);
        ExecutorService other = Executors.newSingleThreadExecutor();
        ListenerOptions delaying = ListenerOptions.DEFAULTS.withDelayedReplies();
        client.events().subscribe(EventFilter.named("STOP"), delaying, other, signal -> awaitUninterruptibly(slow));
        CompletableFuture<QmpEvent> job = client.start(Operation.of(QmpCommand.of("job"), DONE, Duration.ofMinutes(1)))
                .result();
        ObjectNode heard = peer.hear("job");
        peer.emit("STOP").reject(heard, "GenericError", "no").close();

        await().until(() -> client.runstate() == Runstate.IDLE);
        slow.countDown();
        assertThat(job)
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(RejectedException.class);
        other.shutdown();
    }

    @Test
    @DisplayName("#45 an interrupt while the event is awaited fails with an unknown outcome")
    void interruptsWhoWaitsForAnEvent() throws InterruptedException {
        client = builder().build();
        Peer peer = server.connect(client);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = new Thread(() -> failure.set(catchThrowable(
                () -> client.blocking().run(Operation.of(QmpCommand.of("job"), DONE, Duration.ofMinutes(1))))));
        caller.start();
        peer.answer(peer.hear("job"), "{}");
        await().until(() -> client.status().pending() == 0);
        caller.interrupt();
        caller.join();

        assertThat(failure.get())
                .isInstanceOfSatisfying(EventNotSeenException.class, notSeen -> assertThat(notSeen.reason())
                        .isEqualTo(EventNotSeenException.Reason.INTERRUPTED));
        assertThatThrownBy(() -> client.start(Operation.of(QmpCommand.of("job"), DONE, Duration.ZERO))
                        .result())
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ------------------------------------------------------------------ listening

    @Test
    @DisplayName("#73 an intruder is hung up on, and the rightful peer gets in")
    void goesOnListeningAfterAnIntruder(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("listen");
        client = QmpClient.builder("unix:" + path)
                .mode(ConnectMode.LISTEN)
                .identityPolicy(IdentityPolicy.ANY)
                .reconnect(() -> () -> Duration.ofMillis(1))
                .build();
        client.start();
        try (SocketChannel intruder = dial(path)) {
            write(intruder, "GET / HTTP/1.1\r\n\r\n");
            await().until(() -> client.status().reconnectAttempts() == 1);
            assertThat(intruder.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(client.status().reconnecting()).isTrue();
        try (SocketChannel rightful = dial(path)) {
            write(rightful, ScriptedServer.GREETING + "\r\n");
            ByteBuffer negotiation = ByteBuffer.allocate(4096);
            rightful.read(negotiation);
            String text = new String(negotiation.array(), 0, negotiation.position(), StandardCharsets.UTF_8);
            String id = text.replaceFirst("(?s).*\"id\": ?\"([^\"]*)\".*", "$1");
            write(rightful, "{\"return\": {}, \"id\": \"" + id + "\"}\r\n");
            await().until(() -> client.runstate() == Runstate.RUNNING);
        }
    }

    private static SocketChannel dial(Path path) {
        return await().ignoreExceptions().until(() -> open(path), channel -> channel != null);
    }

    private static SocketChannel open(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path));
        return channel;
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
}

package dev.qmp;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a server sends just before it closes the connection, on Java's sockets and on those of junixsocket. */
class LastMessagesTests extends OnScriptedServer {

    private static final JsonNode HOST_SIGNAL =
            QmpJson.object().put("guest", false).put("reason", "host-signal");

    private final List<String> heard = new CopyOnWriteArrayList<>();

    private void connectAndListen(boolean descriptors) {
        connect(builder -> builder.fileDescriptors(descriptors).callbackExecutor(Runnable::run));
        client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, signal -> {
            if (signal instanceof EventSignal.Received received) {
                heard.add(received.event().name());
            } else {
                heard.add(signal.getClass().getSimpleName());
            }
        });
    }

    /** {@return a latch that lets the event loop go on} It stands still until then. */
    private CountDownLatch pauseLoop() {
        CompletableFuture<JsonNode> reply = client.execute("pause");
        return pauseLoopAfter(reply, peer.hear("pause"));
    }

    /** Answers a command. {@link #pauseLoop} describes the result. */
    private CountDownLatch pauseLoopAfter(CompletableFuture<JsonNode> reply, ObjectNode command) {
        CountDownLatch paused = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        reply.thenRun(() -> {
            paused.countDown();
            awaitUninterruptibly(over);
        });
        peer.answer(command, "{}");
        awaitUninterruptibly(paused);
        return over;
    }

    private void assertShutdown() {
        awaitIdle();
        await().untilAsserted(() -> assertThat(heard).endsWith("SHUTDOWN", "Disconnected"));
        assertThat(heard).containsOnlyOnce("SHUTDOWN", "Disconnected");
        assertThat(client.status().lastEnd().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_HOST);
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isEndOfStream())
                        .isTrue());
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 a last event is received, though the loop finds the connection closed")
    void aLastEventIsReceived(boolean descriptors) {
        connectAndListen(descriptors);
        CountDownLatch over = pauseLoop();

        peer.emit("SHUTDOWN", HOST_SIGNAL).close();
        over.countDown();

        assertShutdown();
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 a last reply that takes several reads is received whole, and what follows it in order")
    void aLongLastReplyIsReceived(boolean descriptors) {
        connectAndListen(descriptors);
        CompletableFuture<JsonNode> reply = client.execute("query-long");
        ObjectNode command = peer.hear("query-long");
        CountDownLatch over = pauseLoop();
        String text = "0123456789".repeat(10_000);

        peer.answer(command, "\"" + text + "\"").emit("SHUTDOWN", HOST_SIGNAL).close();
        over.countDown();

        assertThat(reply.join().asString()).isEqualTo(text);
        assertShutdown();
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 last messages are received, though a write finds the connection closed before")
    void aWriteTakesNothingAway(boolean descriptors) {
        connectAndListen(descriptors);
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode command = peer.hear("first");
        CountDownLatch over = pauseLoop();

        peer.answer(command, "{\"last\": true}").emit("SHUTDOWN", HOST_SIGNAL).close();
        CompletableFuture<JsonNode> second = client.execute("second"); // written before the loop reads again
        over.countDown();

        assertThat(first.join().has("last")).isTrue();
        assertThat(failureOf(second)).isInstanceOf(OutcomeUnknownException.class);
        assertShutdown();
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 last messages are received, though each reply lets a command be written that waited for it")
    void waitingCommandsTakeNothingAway(boolean descriptors) {
        connectAndListen(descriptors);
        List<CompletableFuture<JsonNode>> written = new ArrayList<>();
        List<ObjectNode> commands = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            written.add(client.execute("written"));
            commands.add(peer.hear("written"));
        }
        CountDownLatch over = pauseLoop();
        List<CompletableFuture<JsonNode>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(client.execute("waiting"));
        }

        commands.forEach(command -> peer.answer(command, "{\"last\": true}"));
        peer.emit("SHUTDOWN", HOST_SIGNAL).close();
        over.countDown();

        for (CompletableFuture<JsonNode> result : written) {
            assertThat(result.join().has("last")).isTrue();
        }
        waiting.forEach(result -> assertThat(failureOf(result)).isNotNull());
        assertShutdown();
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 a last event is received, though the server resets the connection: it has not read a command")
    void aResetTakesNothingAway(boolean descriptors) {
        connectAndListen(descriptors);
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode command = peer.hear("first");
        CompletableFuture<JsonNode> unread = client.execute("unread");
        await().until(() -> client.status().pending() == 2);
        CountDownLatch end = pauseLoopAfter(first, command);

        peer.emit("SHUTDOWN", HOST_SIGNAL).close();
        end.countDown();

        assertThat(failureOf(unread)).isInstanceOf(OutcomeUnknownException.class);
        assertShutdown();
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 a server that only ends its output is left, after its last event")
    void anEndOfOutputIsTheEnd(boolean descriptors) {
        connectAndListen(descriptors);
        CountDownLatch over = pauseLoop();

        peer.emit("SHUTDOWN", HOST_SIGNAL).endOutput();
        over.countDown();

        assertShutdown();
        assertThat(peer.hearsTheEnd()).isTrue();
    }

    @ParameterizedTest(name = "with descriptors: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("#26 many ends in turn: each last event is received, and no socket stays open")
    void manyEndsLoseNothing(boolean descriptors) {
        Resources before = null;
        for (int i = 0; i < 60; i++) {
            heard.clear();
            connectAndListen(descriptors);
            peer.emit("SHUTDOWN", HOST_SIGNAL).close();
            assertShutdown();
            client.close();
            if (i == 0) {
                before = Resources.now(); // with the selectors of the shared loops
            }
        }
        Resources.assertNotMoreThan(before);
    }
}

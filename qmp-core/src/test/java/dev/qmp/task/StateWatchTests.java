package dev.qmp.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In which order a watch sees the events, replies and ends of sessions of its machine. */
@Timeout(30)
class StateWatchTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration NEVER = Duration.ofHours(1);

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .build();
    private final List<String> seen = new CopyOnWriteArrayList<>();

    /** Queries the machine, and notes what it is called for. */
    private class Noting implements StateWatch.Subject {

        @Override
        public void onEvent(QmpEvent event) {
            seen.add(event.name());
        }

        @Override
        public CompletableFuture<Runnable> inspect() {
            seen.add("query");
            return client.execute("query-jobs").thenApply(reply -> () -> seen.add("reply"));
        }

        @Override
        public void onAbandoned(@Nullable Throwable cause) {
            seen.add("abandoned");
        }

        @Override
        public void onDisconnected(@Nullable Throwable cause) {
            seen.add("disconnected");
        }
    }

    private StateWatch watch(Executor executor, StateWatch.Subject subject) {
        return new StateWatch(client.events(), EventFilter.named("FIRST", "SECOND"), executor, NEVER, NEVER, subject);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    @DisplayName("an event before the reply to a query is noted before the reply, if an event caused the query, too")
    void notesEventsBeforeTheReply() {
        Peer peer = server.connect(client);
        try (StateWatch watch = watch(client.callbackExecutor(), new Noting())) {
            watch.listen();
            watch.poll();
            peer.answer(peer.hear("query-jobs"), "[]");
            Awaitility.await().atMost(SOON).until(() -> seen.contains("reply"));
            peer.emit("FIRST", QmpJson.object());
            var query = peer.hear("query-jobs");
            peer.emit("SECOND", QmpJson.object());
            peer.answer(query, "[]");
            peer.answer(peer.hear("query-jobs"), "[]");

            Awaitility.await().atMost(SOON).until(() -> seen.size() == 8);
            assertThat(seen).containsExactly("query", "reply", "FIRST", "query", "SECOND", "reply", "query", "reply");
        }
    }

    @Test
    @DisplayName("an event before the reply to a query is noted before the reply, if its callback is late")
    void needsNoCallbackForTheOrder() {
        Peer peer = server.connect(client);
        Executor never = task -> {};
        try (StateWatch watch = watch(never, new Noting())) {
            watch.listen();
            watch.poll();
            var query = peer.hear("query-jobs");
            peer.emit("FIRST", QmpJson.object());
            peer.answer(query, "[]");

            Awaitility.await().atMost(SOON).until(() -> seen.contains("reply"));
            assertThat(seen).startsWith("query", "FIRST", "reply");
        }
    }

    @Test
    @DisplayName("an answer that was received before the end of the session is processed before it")
    void processesTheLastAnswerBeforeTheEnd() {
        Peer peer = server.connect(client);
        CompletableFuture<Runnable> answer = new CompletableFuture<>();
        StateWatch.Subject late = new Noting() {
            @Override
            public CompletableFuture<Runnable> inspect() {
                return answer;
            }
        };
        try (StateWatch watch = watch(Runnable::run, late)) {
            watch.listen();
            watch.poll();
            end(peer);
            assertThat(seen).isEmpty();

            answer.complete(() -> seen.add("reply"));

            assertThat(seen).containsExactly("reply", "abandoned");
        }
    }

    @Test
    @DisplayName("an event of the next session is reported after the end of the last one")
    void reportsTheEndBeforeTheNextSession() {
        try (QmpClient reconnecting = QmpClient.builder(server.endpoint())
                .callbackExecutor(Runnable::run)
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .build()) {
            Peer peer = server.connect(reconnecting);
            List<CompletableFuture<Runnable>> answers = new CopyOnWriteArrayList<>();
            StateWatch.Subject late = new Noting() {
                @Override
                public CompletableFuture<Runnable> inspect() {
                    answers.add(new CompletableFuture<>());
                    return answers.get(answers.size() - 1);
                }
            };
            try (StateWatch watch = new StateWatch(
                    reconnecting.events(), EventFilter.named("FIRST"), Runnable::run, NEVER, NEVER, late)) {
                watch.listen();
                watch.poll();
                CompletableFuture<EventSignal> first = new CompletableFuture<>();
                reconnecting
                        .events()
                        .subscribe(EventFilter.named("FIRST"), ListenerOptions.DEFAULTS, Runnable::run, signal -> {
                            if (signal instanceof EventSignal.Received) {
                                first.complete(signal);
                            }
                        });
                peer.close();
                server.accept().negotiate().emit("FIRST", QmpJson.object());
                assertThat(first).succeedsWithin(SOON);
                assertThat(seen).isEmpty();

                answers.get(0).complete(() -> seen.add("reply"));

                assertThat(seen).containsExactly("reply", "disconnected", "FIRST");
                assertThat(answers).as("queries").hasSize(2);
            }
        }
    }

    @Test
    @DisplayName("#83 a pause that outlasts the patience leaves the client some time to reconnect, once")
    void waitsOnceMoreAfterAPause() {
        Queue<Runnable> turns = new ConcurrentLinkedQueue<>();
        Duration patience = Duration.ofMillis(100);
        try (QmpClient reconnecting = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.exponential(NEVER, 1, 0, NEVER))
                .build()) {
            Peer peer = server.connect(reconnecting);
            try (StateWatch watch = new StateWatch(
                    reconnecting.events(), EventFilter.named("FIRST"), turns::add, NEVER, patience, new Noting())) {
                watch.listen();
                watch.poll();
                peer.close();
                Awaitility.await().until(() -> {
                    runAll(turns);
                    return seen.contains("disconnected");
                });
                long end = System.nanoTime() + patience.plusMillis(700).toNanos();
                Awaitility.await().until(() -> System.nanoTime() - end > 0 && !turns.isEmpty());
                runAll(turns);
                assertThat(seen).doesNotContain("abandoned");
                Awaitility.await().until(() -> {
                    runAll(turns);
                    return seen.contains("abandoned");
                });
            }
        }
    }

    private static void runAll(Queue<Runnable> turns) {
        for (Runnable turn = turns.poll(); turn != null; turn = turns.poll()) {
            turn.run();
        }
    }

    @Test
    @DisplayName("the end of the session is reported after the outcome of the first command")
    void reportsTheEndAfterTheFirstCommand() {
        Peer peer = server.connect(client);
        try (StateWatch watch = watch(Runnable::run, new Noting())) {
            watch.listen();
            end(peer);
            assertThat(seen).isEmpty();

            watch.poll();

            assertThat(seen).containsExactly("abandoned");
        }
    }

    @Test
    @DisplayName("an event that the task fails to process keeps no later event, query or end from it")
    void goesOnAfterAFailure() {
        Peer peer = server.connect(client);
        StateWatch.Subject failing = new Noting() {
            @Override
            public void onEvent(QmpEvent event) {
                super.onEvent(event);
                throw new AssertionError("of the task");
            }
        };
        Executor never = task -> {};
        try (StateWatch watch = watch(never, failing)) {
            watch.listen();
            var marker = client.execute("query-status");
            var command = peer.hear("query-status");
            peer.emit("FIRST", QmpJson.object());
            peer.emit("SECOND", QmpJson.object());
            peer.answer(command, "{}");
            marker.join();

            watch.poll();
            peer.hear("query-jobs");
            end(peer);
            watch.poll();

            Awaitility.await().atMost(SOON).until(() -> seen.contains("abandoned"));
            assertThat(seen)
                    .as("the first query follows all events before poll()")
                    .containsExactly("FIRST", "SECOND", "query", "abandoned");
        }
    }

    /** Ends the session, and waits until the watch, which listens on the event loop, has the signal. */
    private void end(Peer peer) {
        CompletableFuture<EventSignal> signal = new CompletableFuture<>();
        client.events().subscribe(EventFilter.named("NONE"), ListenerOptions.DEFAULTS, Runnable::run, signal::complete);
        peer.close();
        assertThat(signal.join()).isInstanceOf(EventSignal.Disconnected.class);
    }
}

package dev.qmp.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In which order a watch sees the events and replies of its machine. */
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

    /** Does not return from an inspection before its reply, so that a callback that calls it ends after the reply. */
    private final StateWatch.Subject subject = new StateWatch.Subject() {

        @Override
        public void onEvent(QmpEvent event) {
            seen.add(event.name());
        }

        @Override
        public CompletableFuture<?> inspect() {
            seen.add("query");
            return CompletableFuture.completedFuture(client.execute("query-jobs")
                    .thenAccept(reply -> seen.add("reply"))
                    .join());
        }

        @Override
        public void onAbandoned(@Nullable Throwable cause) {
            seen.add("abandoned");
        }

        @Override
        public void onDisconnected(@Nullable Throwable cause) {
            seen.add("disconnected");
        }
    };

    private final StateWatch watch = new StateWatch(
            client.events(), EventFilter.named("FIRST", "SECOND"), client.callbackExecutor(), NEVER, NEVER, subject);

    @AfterEach
    void close() {
        watch.close();
        client.close();
        server.close();
    }

    @Test
    @DisplayName("an event before the reply to a query is noted before the reply, if an event caused the query, too")
    void notesEventsBeforeTheReply() {
        Peer peer = server.connect(client);
        watch.listen();
        peer.emit("FIRST", QmpJson.object());
        var query = peer.hear("query-jobs");
        peer.emit("SECOND", QmpJson.object());
        peer.answer(query, "[]");
        peer.answer(peer.hear("query-jobs"), "[]");

        Awaitility.await().atMost(SOON).until(() -> seen.size() == 6);
        assertThat(seen).containsExactly("FIRST", "query", "SECOND", "reply", "query", "reply");
    }
}

package dev.qmp.sample.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The status of a guest belongs to the present session, and its age is visible. */
class GuestWatchTests {

    @TempDir
    private Path directory;

    private final List<GuestStatusChanged> changes = new CopyOnWriteArrayList<>();
    private final GuestWatch watch = new GuestWatch("vm1", changes::add);
    private QmpServer server;
    private QmpClient client;

    @BeforeEach
    void connect() {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm.qmp"))).start();
        server.handle("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)));
        client = QmpClient.builder(server.endpoint())
                .disconnectTimeout(Duration.ofMillis(100))
                .build();
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void tellsAChangeOnce() {
        watch.refresh(client);
        await().until(() -> !changes.isEmpty());
        watch.refresh(client);
        await().until(() -> server.received().size() == 2 && client.status().pending() == 0);
        server.handle("query-status", CommandHandler.returning(Map.of("status", "paused", "running", false)));
        watch.refresh(client);
        await().until(() -> changes.stream().anyMatch(change -> "paused".equals(change.status())));
        watch.forget();
        await().untilAsserted(() ->
                assertThat(changes).extracting(GuestStatusChanged::status).containsExactly("running", "paused", null));
    }

    @Test
    void countsTheTimeThatAMachineOwesItsAnswer() {
        server.handle("query-status", CommandHandler.hanging());
        watch.refresh(client);
        double waited = watch.state().latencyMillis();
        await().until(() -> watch.state().latencyMillis() > waited + 20);
    }

    @Test
    void doesNotBelieveAnAnswerOfAnEarlierSession() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        server.handle("query-status", command -> {
            held.await();
            return QmpJson.object().put("status", "paused").put("running", false);
        });
        watch.refresh(client);
        await().until(() -> client.status().pending() == 1);
        watch.forget();
        held.countDown();
        await().until(() -> client.status().pending() == 0);
        server.handle("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)));
        watch.refresh(client);
        await().until(() -> !changes.isEmpty());
        assertThat(changes).extracting(GuestStatusChanged::status).containsExactly("running");
    }

    @Test
    void input60AFrozenMachineIsNotAnsweringSinceTheFirstQuestion() {
        watch.refresh(client);
        await().until(() -> !changes.isEmpty());
        assertThat(watch.state().notAnsweringSince()).isNull();
        server.handle("query-status", CommandHandler.hanging());
        Instant before = Instant.now();
        watch.refresh(client);
        Instant after = Instant.now();
        await().until(() -> watch.state().notAnsweringSince() != null);
        assertThat(watch.state().notAnsweringSince()).isBetween(before.minusMillis(10), after.plusMillis(10));
    }

    @Test
    void input60ARejectionIsAnAnswer() {
        server.handle("query-status", command -> {
            throw new CommandRejection("CommandNotFound", "The command query-status has not been found");
        });
        watch.refresh(client);
        await().until(() -> client.status().commands().isEmpty());
        await().during(Duration.ofSeconds(4))
                .atMost(Duration.ofSeconds(8))
                .until(() -> watch.state().notAnsweringSince() == null);
    }

    @Test
    void aMachineThatTheClientMayNotAskOwesNoAnswer() {
        try (QmpClient restricted = QmpClient.builder(server.endpoint())
                .commandPolicy(CommandPolicy.of(List.of("stop", "cont"), List.of()))
                .build()) {
            client.blocking().disconnect();
            restricted.blocking().connect();
            watch.refresh(restricted);
            await().until(() -> watch.state().equals(new GuestState(null, null, null)));
        }
    }

    @Test
    void input60TheEndOfTheSessionEndsTheSilence() {
        server.handle("query-status", CommandHandler.hanging());
        watch.refresh(client);
        await().until(() -> watch.state().notAnsweringSince() != null);
        watch.forget();
        assertThat(watch.state().notAnsweringSince()).isNull();
    }
}

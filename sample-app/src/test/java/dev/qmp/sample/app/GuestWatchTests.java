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
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** The status of a guest belongs to the present session, and its age is visible. */
@ExtendWith(OutputCaptureExtension.class)
class GuestWatchTests {

    @TempDir
    private Path directory;

    private final List<GuestStatusChanged> changes = new CopyOnWriteArrayList<>();
    private final Queue<Runnable> pauses = new ConcurrentLinkedQueue<>();
    private final GuestWatch watch = new GuestWatch("vm1", changes::add, pauses::add);
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
        assertThat(pauses).as("repetitions").isEmpty();
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
    void aListenerThatFailsIsLoggedAndGetsTheNextChange(CapturedOutput output) {
        CountDownLatch askedAgain = new CountDownLatch(1);
        server.handle("query-status", command -> {
            askedAgain.await();
            server.handle("query-status", CommandHandler.returning(Map.of("status", "paused", "running", false)));
            return QmpJson.object().put("status", "running").put("running", true);
        });
        GuestWatch broken = new GuestWatch("vm1", change -> {
            changes.add(change);
            throw new IllegalStateException("no room for " + change.status());
        });
        broken.refresh(client);
        broken.refresh(client);
        askedAgain.countDown();
        await().untilAsserted(() ->
                assertThat(changes).extracting(GuestStatusChanged::status).containsExactly("running", "paused"));
        await().untilAsserted(() -> assertThat(output)
                .contains("A listener of the guest status of 'vm1' has failed")
                .contains("no room for running")
                .contains("no room for paused"));
    }

    private void fail() {
        server.handle("query-status", command -> {
            throw new CommandRejection("GenericError", "not now");
        });
        watch.refresh(client);
        await().until(() -> !pauses.isEmpty());
    }

    private long queries() {
        return server.received().stream()
                .filter(command -> command.name().equals("query-status"))
                .count();
    }

    /** A guest that has stopped sends no further event. */
    @Test
    void aQueryThatFailedIsRepeatedOnceAfterAPause() {
        fail();
        assertThat(pauses).hasSize(1);
        server.handle("query-status", CommandHandler.returning(Map.of("status", "paused", "running", false)));
        pauses.remove().run();
        await().untilAsserted(() ->
                assertThat(changes).extracting(GuestStatusChanged::status).containsExactly("paused"));
        assertThat(pauses).isEmpty();
        assertThat(queries()).isEqualTo(2);
    }

    @Test
    void aQueryOfAnEarlierSessionIsNotRepeated() {
        fail();
        watch.forget();
        Runnable stale = pauses.remove();
        fail();
        stale.run();
        client.blocking().execute("query-name"); // the server would have received a repeated query before
        assertThat(queries()).isEqualTo(2);
        assertThat(pauses).hasSize(1);
    }

    /** Each further query would take one more place on the wire. */
    @Test
    void aQueryIsNotRepeatedWhileTheMachineOwesAnswersToAbandonedCommands() {
        fail();
        server.handle("x-slow", CommandHandler.hanging());
        CompletableFuture<JsonNode> slow = client.execute("x-slow");
        await().until(() -> client.status().pending() == 1);
        slow.cancel(true);
        await().until(() -> client.status().abandoned() == 1);
        pauses.remove().run();
        assertThat(pauses).hasSize(1);
        assertThat(queries()).isEqualTo(1);
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

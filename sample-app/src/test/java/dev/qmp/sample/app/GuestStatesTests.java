package dev.qmp.sample.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.RETURNS_MOCKS;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.power.GuestStatus;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.type.RunState;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.ArgumentCaptor;

/** Which guest statuses are known under which name, and how they are shown. */
class GuestStatesTests {

    private static final CommandHandler RUNNING =
            CommandHandler.returning(Map.of("status", "running", "running", true));
    private static final CommandHandler PAUSED = CommandHandler.returning(Map.of("status", "paused", "running", false));

    @TempDir
    private Path directory;

    private final List<Object> published = new CopyOnWriteArrayList<>();
    private final QmpClients clients = mock(QmpClients.class, RETURNS_MOCKS);
    private final GuestStates states = new GuestStates(clients, published::add);

    private QmpClientsListener registry() {
        ArgumentCaptor<QmpClientsListener> listener = ArgumentCaptor.forClass(QmpClientsListener.class);
        verify(clients).addListener(listener.capture());
        return listener.getValue();
    }

    private QmpServer server(String name, CommandHandler queryStatus) {
        return QmpServer.builder(Endpoint.unix(directory.resolve(name)))
                .handler("query-status", queryStatus)
                .start();
    }

    private static QmpClient connected(QmpServer server) {
        QmpClient client = QmpClient.builder(server.endpoint())
                .disconnectTimeout(Duration.ofMillis(100))
                .build();
        client.blocking().connect();
        return client;
    }

    private void awaitPublished(String... statuses) {
        await().untilAsserted(() -> assertThat(published)
                .extracting(change -> ((GuestStatusChanged) change).status())
                .containsExactly(statuses));
    }

    @Test
    void changesArePublishedWithTheNameOfTheConnection() {
        Instant before = Instant.now();
        try (QmpServer server = server("vm1", RUNNING);
                QmpClient client = connected(server)) {
            registry().clientAdded("vm1", client);
            awaitPublished("running");
            server.handle("query-status", PAUSED);
            server.emit(QmpEvent.of("STOP"));
            awaitPublished("running", "paused");
            client.blocking().disconnect();
            awaitPublished("running", "paused", null);
        }
        assertThat(published).allSatisfy(change -> {
            assertThat(((GuestStatusChanged) change).connection()).isEqualTo("vm1");
            assertThat(((GuestStatusChanged) change).at()).isBetween(before, Instant.now());
        });
    }

    /** Two machines that had the same name one after the other, as with discovery. */
    @Test
    void aRemovedClientDoesNotShowUnderTheNameOfAnother() {
        CountDownLatch late = new CountDownLatch(1);
        try (QmpServer first = server("first", PAUSED.after(late));
                QmpServer second = server("second", RUNNING);
                QmpClient removed = connected(first);
                QmpClient successor = connected(second)) {
            QmpClientsListener registry = registry();
            registry.clientAdded("vm9", removed);
            registry.clientRemoved("vm9", removed);
            registry.clientAdded("vm9", successor);
            awaitPublished("running");
            late.countDown();
            await().until(() -> removed.status().pending() == 0);
            first.emit(QmpEvent.of("STOP"));
            removed.blocking().disconnect();
            assertThat(states.of("vm9", successor).status()).isEqualTo("running");
            assertThat(states.of("vm9", removed)).isEqualTo(GuestState.UNKNOWN);
            awaitPublished("running");
        }
    }

    @Test
    void aStatusThatIsReadIsQueriedAgainIfItIsOld() {
        try (QmpServer server = server("vm1", RUNNING);
                QmpClient client = connected(server)) {
            registry().clientAdded("vm1", client);
            awaitPublished("running");
            server.handle("query-status", PAUSED); // without an event
            await().until(() -> "paused".equals(states.of("vm1", client).status()));
            assertThat(server.received()).hasSize(2);
        }
    }

    @Test
    void theStatusOfAGuestAgentIsUnknown() {
        try (QmpClient agent = QmpClient.builder("tcp:127.0.0.1:1").guestAgent().build()) {
            registry().clientAdded("agent1", agent);
            assertThat(agent.runstate()).isEqualTo(Runstate.IDLE);
            assertThat(states.of("agent1", agent)).isEqualTo(GuestState.UNKNOWN);
            registry().clientRemoved("agent1", agent);
        }
    }

    @Test
    void nothingIsPublishedAfterTheEnd() {
        try (QmpServer server = server("vm1", RUNNING);
                QmpClient client = connected(server)) {
            registry().clientAdded("vm1", client);
            awaitPublished("running");
            states.destroy();
            client.blocking().disconnect();
            assertThat(states.of("vm1", client).status()).isNull();
            awaitPublished("running");
        }
    }

    private static GuestState shown(Duration latency, Duration silent) {
        return GuestState.of(new GuestStatus(RunState.RUNNING, Instant.now(), latency, silent, null));
    }

    @Test
    void input60AMachineIsNotAnsweringSinceAQueryThreeSecondsAgo() {
        Duration latency = Duration.ofMillis(20);
        assertThat(shown(latency, null)).isEqualTo(new GuestState("running", 20.0, null));
        assertThat(shown(latency, Duration.ofMillis(5)).latencyMillis()).isEqualTo(20.0);
        assertThat(shown(latency, Duration.ofMillis(2999))).isEqualTo(new GuestState("running", 2999.0, null));
        assertThat(shown(null, Duration.ofMillis(1)).latencyMillis()).isEqualTo(1.0);
        Instant before = Instant.now();
        GuestState frozen = shown(latency, Duration.ofSeconds(3));
        assertThat(frozen.latencyMillis()).isEqualTo(3000.0);
        assertThat(frozen.notAnsweringSince())
                .isBetween(before.minusSeconds(3), Instant.now().minusSeconds(3));
        assertThat(shown(null, null)).isEqualTo(new GuestState("running", null, null));
    }
}

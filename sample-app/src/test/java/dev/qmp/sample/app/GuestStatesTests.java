package dev.qmp.sample.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.RunState;
import dev.qmp.qapi.type.StatusInfo;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpClientsListener;
import dev.qmp.spring.QmpEventsLostEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.ArgumentCaptor;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Which events lead to a query of the guest's status. */
@SpringBootTest
@DirtiesContext
class GuestStatesTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private static Path directory;

    private static QmpServer server;

    @Autowired
    private ApplicationEventPublisher publisher;

    @Autowired
    private QmpClient client;

    @Autowired
    private Changes changes;

    @DynamicPropertySource
    static void start(DynamicPropertyRegistry properties) {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm1.qmp")))
                .handler("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)))
                .start();
        properties.add("qmp.connection.vm1.address", () -> String.valueOf(server.endpoint()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The event that was lost may have been {@code STOP}. */
    @Test
    void lostEventsLeadToAQuery() {
        await().atMost(SOON).untilAsserted(() -> assertThat(changes.statuses).containsExactly("running"));
        server.handle("query-status", CommandHandler.returning(Map.of("status", "paused", "running", false)));
        publisher.publishEvent(new QmpEventsLostEvent(client, "vm1", 3));
        await().atMost(SOON).untilAsserted(() -> assertThat(changes.statuses).containsExactly("running", "paused"));
    }

    /** Two machines that had the same name one after the other, as with discovery. */
    @Test
    void lateEventsOfARemovedClientAreIgnored() {
        QmpClients clients = mock(QmpClients.class);
        List<Object> published = new CopyOnWriteArrayList<>();
        GuestStates states = new GuestStates(clients, published::add);
        ArgumentCaptor<QmpClientsListener> registry = ArgumentCaptor.forClass(QmpClientsListener.class);
        verify(clients).addListener(registry.capture());
        QmpClient removed = mock(QmpClient.class);
        QmpClient successor = mock(QmpClient.class);
        CompletableFuture<StatusInfo> late = new CompletableFuture<>();
        given(removed.execute(any(QueryStatus.class))).willReturn(late);
        given(successor.execute(any(QueryStatus.class)))
                .willReturn(CompletableFuture.completedFuture(new StatusInfo(true, null, RunState.RUNNING, Map.of())));
        registry.getValue().clientAdded("vm9", removed);
        states.onRunstateChange(change(removed, Runstate.CONNECTING, Runstate.RUNNING));
        registry.getValue().clientRemoved("vm9", removed);
        registry.getValue().clientAdded("vm9", successor);
        states.onRunstateChange(change(successor, Runstate.CONNECTING, Runstate.RUNNING));
        states.onRunstateChange(change(removed, Runstate.RUNNING, Runstate.DISCONNECTING));
        states.onEventsLost(new QmpEventsLostEvent(removed, "vm9", 3));
        late.complete(new StatusInfo(false, null, RunState.PAUSED, Map.of()));
        assertThat(states.of("vm9", successor).status()).isEqualTo("running");
        assertThat(published)
                .extracting(change -> ((GuestStatusChanged) change).status())
                .containsExactly("running");
        verify(removed, times(1)).execute(any(QueryStatus.class));
        verify(successor, times(1)).execute(any(QueryStatus.class));
    }

    private static QmpRunstateChangedEvent change(QmpClient of, Runstate previous, Runstate current) {
        return new QmpRunstateChangedEvent(of, "vm9", new RunstateChange(previous, current, null, Instant.now()));
    }

    @TestConfiguration
    static class Changes {

        private final List<String> statuses = new CopyOnWriteArrayList<>();

        @EventListener
        void on(GuestStatusChanged change) {
            statuses.add(String.valueOf(change.status()));
        }
    }
}

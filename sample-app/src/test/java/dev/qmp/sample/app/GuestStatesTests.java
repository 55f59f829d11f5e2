package dev.qmp.sample.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpEventsLostEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

    @TestConfiguration
    static class Changes {

        private final List<String> statuses = new CopyOnWriteArrayList<>();

        @EventListener
        void on(GuestStatusChanged change) {
            statuses.add(String.valueOf(change.status()));
        }
    }
}

package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpFleetEvent;
import dev.qmp.spring.QmpFleetEventsLostEvent;
import dev.qmp.testing.FreePort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ApplicationEvent;

/** Hazelcast does not take each event. The sequence of the ring has no gap then, so only the owner can report it. */
@Timeout(60)
class SharedEventsTests {

    private final String name = "shared-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private final HazelcastInstance hazelcast =
            Hazelcast.newHazelcastInstance(FleetNode.config(name, List.of(FreePort.find())));
    private final SlowMember member = new SlowMember(hazelcast);
    private final FleetThreads threads = new FleetThreads();
    private final List<String> published = new CopyOnWriteArrayList<>();
    private QmpServer server;
    private QmpClient client;

    @TempDir
    private Path folder;

    @BeforeEach
    void share() {
        QmpFleet fleet = mock(QmpFleet.class);
        given(fleet.instance()).willReturn("owner");
        SharedEvents events =
                new SharedEvents(fleet, member.instance(), name, threads, event -> published.add(text(event)));
        events.open();
        server = QmpServer.builder(Endpoint.unix(folder.resolve("vm0"))).start();
        client = QmpClient.builder(server.endpoint()).name("vm0").build();
        events.share("vm0", client);
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        threads.close();
        hazelcast.getLifecycleService().terminate();
    }

    private static String text(ApplicationEvent event) {
        return event instanceof QmpFleetEventsLostEvent lost
                ? lost.getConnectionName() + " lost " + lost.getLost()
                : ((QmpFleetEvent) event).getEvent().name();
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30));
    }

    private void emit(String event) {
        server.emit(QmpEvent.of(event));
    }

    @Test
    void aLossIsReportedBeforeTheNextEvent() {
        member.failPublication(new HazelcastException("the test lets it fail"));
        emit("STOP");
        emit("RESUME");
        await().until(() -> published.contains("RESUME"));
        assertThat(published).containsExactly("vm0 lost 1", "RESUME");
    }

    @Test
    void severalLossesAreCounted() {
        for (int i = 0; i < 3; i++) {
            member.failPublication(new HazelcastException("the test lets it fail"));
        }
        emit("STOP");
        emit("STOP");
        emit("RESUME");
        await().until(() -> published.contains("RESUME"));
        await().until(() ->
                published.stream().mapToInt(SharedEventsTests::count).sum() == 3);
    }

    private static int count(String text) {
        return text.startsWith("vm0 lost ") ? Integer.parseInt(text.substring(9)) : 1;
    }

    @Test
    void aLossIsReportedAlsoIfNoEventFollowsAndTheReportFailsFirst() {
        member.failPublication(new HazelcastException("the test lets it fail"));
        member.failPublication(new HazelcastException("the test lets it fail"));
        emit("STOP");
        await().until(() -> !published.isEmpty());
        emit("RESUME");
        await().until(() -> published.contains("RESUME"));
        assertThat(published).containsExactly("vm0 lost 1", "RESUME");
    }

    /** An owner that Hazelcast has left cannot report anything. */
    @Test
    void aLossAfterTheEndOfHazelcastIsNotRepeated() throws InterruptedException {
        member.failPublication(new HazelcastInstanceNotActiveException());
        emit("STOP");
        emit("RESUME");
        await().until(() -> published.contains("RESUME"));
        assertThat(published).containsExactly("RESUME");
        assertThat(threads.timer().getQueue()).isEmpty();
        threads.timer().shutdown();
        assertThat(threads.timer().awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
}

package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import com.hazelcast.config.RingbufferConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationEvent;

/** Hazelcast is slow, or does not take each event. */
@Timeout(60)
class SharedEventsTests {

    /** More than the number of events that wait for listeners. */
    private static final int RING = 2000;

    private final String name = "shared-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private final HazelcastInstance hazelcast =
            Hazelcast.newHazelcastInstance(FleetNode.config(name, List.of(FreePort.find()))
                    .addRingBufferConfig(new RingbufferConfig(name + ".fleet.events").setCapacity(RING)));
    private final SlowMember member = new SlowMember(hazelcast);
    private final FleetThreads threads = new FleetThreads();
    private final List<String> published = new CopyOnWriteArrayList<>();
    /** Opened unless a test holds up the listeners. */
    private volatile CountDownLatch listeners = new CountDownLatch(0);

    private volatile Thread publishing;
    private SharedEvents events;
    private QmpServer server;
    private QmpClient client;

    @TempDir
    private Path folder;

    @BeforeEach
    void share() {
        QmpFleet fleet = mock(QmpFleet.class);
        given(fleet.instance()).willReturn("owner");
        events = new SharedEvents(fleet, member.instance(), name, threads, this::published);
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

    private void published(ApplicationEvent event) {
        publishing = Thread.currentThread();
        try {
            listeners.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        published.add(text(event));
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

    /** Hazelcast repeats each publication on its own while the cluster changes. Two could change places then. */
    @Test
    void oneBatchIsUnderWayAtATime() {
        CountDownLatch gate = new CountDownLatch(1);
        member.holdPublications(gate);
        emit("E0");
        await().until(() -> member.publications().size() == 1);
        for (int i = 1; i < 600; i++) {
            emit("E" + i);
        }
        await().until(() -> client.status().eventsReceived() == 600);
        await().during(Duration.ofMillis(200)).until(() -> member.publications().size() == 1);
        gate.countDown();
        await().until(() -> published.size() == 600);
        assertThat(published).isEqualTo(names(0, 600));
        assertThat(member.publications().size()).isLessThan(100);
    }

    @Test
    void aPublicationThatFailsIsRepeated() {
        member.failPublication(false);
        member.failPublication(false);
        emit("STOP");
        emit("RESUME");
        await().until(() -> published.contains("RESUME"));
        assertThat(published).containsExactly("STOP", "RESUME");
    }

    /** As after a loss of the ring's owner, which had stored the batch, but had not answered. */
    @Test
    void anEventThatTheRingHoldsTwiceIsPublishedOnce() {
        member.failPublication(true);
        emit("STOP");
        await().until(() ->
                hazelcast.getRingbuffer("_hz_rb_" + name + ".fleet.events").tailSequence() == 1);
        emit("RESUME");
        await().until(() -> published.contains("RESUME"));
        assertThat(published).containsExactly("STOP", "RESUME");
    }

    /** The heap must not fill while the cluster takes no events. */
    @Test
    void eventsBeyondALimitAreCountedWhileHazelcastTakesNone() {
        CountDownLatch gate = new CountDownLatch(1);
        member.holdPublications(gate);
        QmpEvent longest = QmpEvent.of("LONGEST", Map.of("a", "x".repeat(60_000)));
        int fits = 70; // about 60 100 characters each
        for (int i = 0; i < fits + 5; i++) {
            server.emit(longest);
        }
        await().until(() -> client.status().eventsReceived() == fits + 5);
        await().during(Duration.ofMillis(1500)).until(() -> published.isEmpty()); // the report does not fit, either
        gate.countDown();
        await().until(() -> published.contains("vm0 lost 5"));
        emit("STOP");
        await().until(() -> published.contains("STOP"));
        assertThat(published).hasSize(fits + 2).endsWith("LONGEST", "vm0 lost 5", "STOP");
    }

    @Test
    void nothingIsPublishedAfterTheEndOfHazelcast() {
        member.failPublication(false);
        emit("STOP");
        await().until(() -> !threads.timer().getQueue().isEmpty());
        events.end();
        emit("RESUME");
        await().until(() -> threads.timer().getQueue().isEmpty());
        assertThat(published).isEmpty();
        assertThat(hazelcast.getRingbuffer("_hz_rb_" + name + ".fleet.events").tailSequence())
                .isEqualTo(-1);
    }

    /** The ring counts events, not bytes, so a machine could fill the heaps of all instances. */
    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void eventsThatAreTooLongAreNotSharedButCounted(CapturedOutput output) {
        QmpEvent longest = QmpEvent.of("LONGEST", Map.of("a", "x".repeat(60_000)));
        QmpEvent tooLong = QmpEvent.of("TOO_LONG", Map.of("a", "x".repeat(64 * 1024)));
        server.emit(tooLong);
        server.emit(longest);
        server.emit(tooLong);
        server.emit(tooLong);
        emit("STOP");
        await().until(() -> published.contains("STOP"));
        await().until(() ->
                published.stream().mapToInt(SharedEventsTests::count).sum() == 5);
        assertThat(published).startsWith("vm0 lost 1", "LONGEST").doesNotContain("TOO_LONG");
        assertThat(output)
                .containsOnlyOnce("events not shared with other instances")
                .contains("'vm0': events not shared with other instances, because each is longer than 65536"
                        + " characters: 1");
    }

    /** The heap must not fill with the events that a slow listener has not taken. */
    @Test
    void eventsThatSlowListenersLeaveInTheRingAreOverwrittenAndCounted() {
        CountDownLatch slow = new CountDownLatch(1);
        listeners = slow;
        publish(0, EventReader.LIMIT);
        await().until(() -> threads.waitingPublications() == EventReader.LIMIT - 1); // and one is published
        int all = EventReader.LIMIT + RING + 150;
        publish(EventReader.LIMIT, all);
        slow.countDown();
        await().until(() -> published.contains("E" + (all - 1)));
        List<String> expected = new ArrayList<>(names(0, EventReader.LIMIT));
        expected.add("null lost 150");
        expected.addAll(names(EventReader.LIMIT + 150, all));
        assertThat(published).isEqualTo(expected);
    }

    /** Hazelcast ends the listener, as after any failure that it cannot handle. The next ring begins with 0. */
    @Test
    void eventsAreReadAfterALossOfTheRing() {
        publish(0, 500);
        await().until(() -> published.size() == 500);
        hazelcast.getRingbuffer("_hz_rb_" + name + ".fleet.events").destroy();
        await().until(() -> {
            publish(500, 501);
            return published.contains("E500");
        });
        assertThat(List.copyOf(published).subList(500, 502)) // a copy, because further events arrive
                .containsExactly("null lost " + QmpFleetEventsLostEvent.UNKNOWN, "E500");
    }

    /** The beans of the listeners may be destroyed. */
    @Test
    void eventsThatWaitForAListenerAtTheStopAreDropped() {
        CountDownLatch slow = new CountDownLatch(1);
        listeners = slow;
        publish(0, 10);
        await().until(() -> threads.waitingPublications() == 9);
        threads.close();
        slow.countDown();
        await().until(() -> !publishing.isAlive());
        assertThat(published).containsExactly("E0");
    }

    private void publish(int from, int to) {
        ITopic<String> topic = hazelcast.getReliableTopic(name + ".fleet.events");
        for (int i = from; i < to; i++) {
            topic.publish(FleetJson.write(FleetJson.object()
                    .put("connection", "vm0")
                    .put("event", "E" + i)
                    .put("number", i + 1)));
        }
    }

    private static List<String> names(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "E" + i).toList();
    }

    private static int count(String text) {
        return text.startsWith("vm0 lost ") ? Integer.parseInt(text.substring(9)) : 1;
    }
}

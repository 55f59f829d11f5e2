package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.RunstateRecorder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ForkJoinPool;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The client's main promises, on a real QEMU. */
@RequiresQemu
class QemuIntegrationTests {

    private Qemu qemu;
    private QmpClient client;

    @BeforeEach
    void start() {
        qemu = Qemu.start();
        client = QmpClient.builder(qemu.endpoint()).name("vm1").build();
    }

    @AfterEach
    void stop() {
        client.close();
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        qemu.close();
    }

    @Test
    void executesCommandsAndMapsResults() {
        client.blocking().connect();

        assertThat(client.blocking().execute("query-status").path("running").asBoolean())
                .isTrue();
        assertThat(client.blocking().execute("query-status", GuestStatus.class).status())
                .isEqualTo("running");
        assertThat(client.blocking().execute("query-qmp-schema").size()).isGreaterThan(800);
        assertThat(client.status().greeting()).isNotNull();
        assertThat(client.status().outOfBand()).isTrue();
    }

    @Test
    @RequiresQemu(from = "6.0", reason = "query-yank, a query that runs out of band, came with 6.0")
    void executesAQueryOutOfBand() {
        client.blocking().connect();

        assertThat(client.blocking()
                        .execute(QmpCommand.of("query-yank").outOfBand())
                        .isArray())
                .isTrue();
    }

    @Test
    void tellsARejectionWithClassAndDescription() {
        client.blocking().connect();

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> client.blocking().execute("no-such-command"))
                .satisfies(rejection -> {
                    assertThat(rejection.errorClass()).isEqualTo("CommandNotFound");
                    assertThat(rejection.description()).contains("no-such-command");
                });
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    void deliversEventsToCallbacksBeforeTheReplyThatFollowsThem() {
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS.withDelayedReplies(),
                        ForkJoinPool.commonPool(),
                        signal -> {
                            if (signal instanceof EventSignal.Received received) {
                                heard.add(received.event().name());
                            }
                        });
        client.blocking().connect();

        int judged = 0;
        for (int round = 0; round < 50; round++) {
            heard.clear();
            boolean stop = hearsInOrder("stop", heard, "STOP");
            boolean cont = hearsInOrder("cont", heard, "STOP", "RESUME");
            judged += stop && cont ? 1 : 0;
        }
        assertThat(judged).isPositive();
    }

    /**
     * {@return whether it could be judged: a reply is held back for half a second, and the machine may stand still
     * longer}
     */
    private boolean hearsInOrder(String command, List<String> heard, String... events) {
        long began = System.nanoTime();
        client.blocking().execute(command);
        boolean judged = System.nanoTime() - began < OnEventSource.HELD_BACK.toNanos();
        if (judged) {
            assertThat(heard).containsExactly(events);
        }
        Awaitility.await().untilAsserted(() -> assertThat(heard).containsExactly(events));
        return judged;
    }

    @Test
    void survivesTheDeathOfItsMachine() {
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.named("STOP"), event -> heard.add(event.name()));
        RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
        client.blocking().connect();
        qemu.freeze();
        var inFlight = client.execute("query-status");
        Awaitility.await().until(() -> client.status().pending() == 1);

        qemu.kill();

        assertThat(inFlight)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(OutcomeUnknownException.class);
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> client.blocking().execute("query-status"))
                .withMessageContaining("is down since");

        qemu.restart();
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> client.runstate() == Runstate.RUNNING);
        client.blocking().execute("stop");
        Awaitility.await().untilAsserted(() -> assertThat(heard).containsExactly("STOP"));
        Awaitility.await().until(() -> runstates.changes().size() >= 4);
        assertThat(runstates.changes().subList(0, 4))
                .extracting(change -> change.current())
                .containsExactly(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE);
    }

    /** The result of {@code query-status}, as an application would declare it. */
    record GuestStatus(String status, boolean running) {}

    @Test
    void mapsRecordsWithoutTellingUnknownMembers() {
        client.blocking().connect();
        JsonNode version = client.blocking().execute("query-version");
        assertThat(version.path("qemu").path("major").asInt())
                .isEqualTo(QemuVersion.installed().major());
    }
}

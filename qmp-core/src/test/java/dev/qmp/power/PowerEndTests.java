package dev.qmp.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.SessionEnd;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.process.QemuProcessException;
import dev.qmp.process.StubbornProcess;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** The outcome of a power down if its session is lost, its queries fail, or its process survives. */
@Timeout(30)
class PowerEndTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration STEP = Duration.ofSeconds(2);
    private static final String RUNNING = "{\"status\": \"running\", \"running\": true}";
    private static final String SHUT_DOWN = "{\"status\": \"shutdown\", \"running\": false}";

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient once = client(ReconnectPolicy.never());
    private final QmpClient reconnecting =
            client(ReconnectPolicy.exponential(Duration.ofMillis(20), 1, 0, Duration.ofMillis(20)));

    private QmpClient client(ReconnectPolicy policy) {
        return QmpClient.builder(server.endpoint())
                .reconnect(policy)
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
    }

    @AfterEach
    void close() {
        once.close();
        reconnecting.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a machine whose session is lost without a shutdown may run, whether it has answered the step or not")
    void isUnknownAfterALostSession(boolean answered) {
        Peer peer = server.connect(once);
        Task<PowerOff> task = Power.of(once).powerDown(PowerLadder.none().ask(LIMIT));
        peer.answer(peer.hear("query-status"), RUNNING);
        ObjectNode step = peer.hear("system_powerdown");
        if (answered) {
            peer.answer(step, "{}");
        }
        peer.close();

        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(LIMIT))
                .withMessageEndingWith("the session was lost; look at the host whether QEMU runs")
                .withCauseInstanceOf(ConnectionLostException.class);
    }

    @Test
    @DisplayName("a machine without a session after the last step may run: it has not refused to power down")
    void isUnknownWithoutASessionAtTheEnd() {
        Peer peer = server.connect(reconnecting);
        Task<PowerOff> task =
                Power.of(reconnecting).powerDown(PowerLadder.none().ask(STEP));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.hear("system_powerdown");
        peer.close(); // and the server accepts no other session

        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(LIMIT))
                .withMessageEndingWith(
                        "there is no session, and the process is not known;" + " look at the host whether QEMU runs")
                .withCauseInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    @DisplayName("a machine that was off before the first step ended without it, even if the second query is rejected")
    void wasOffAlthoughTheConfirmationIsRejected() {
        Peer peer = server.connect(once);
        CompletableFuture<QmpEvent> seen = once.events().next(EventFilter.named("SHUTDOWN"));
        peer.emit("SHUTDOWN", QmpJson.object().put("guest", true).put("reason", "guest-shutdown"));
        assertThat(seen).succeedsWithin(LIMIT);
        Task<PowerOff> task = Power.of(once).powerDown(PowerLadder.none().ask(LIMIT));
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.answer(peer.hear("system_powerdown"), "{}");
        peer.reject(peer.hear("query-status"), "GenericError", "not now");
        peer.close();

        PowerOff off = task.await(LIMIT);
        assertThat(off.action()).isNull();
        assertThat(off.steps()).isZero();
        assertThat(off.qemuRuns()).isFalse();
        assertThat(off.session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_GUEST);
    }

    @Test
    @DisplayName("a machine that was off before the first step was off without it, even if only the last look shows it")
    void wasOffAlthoughOnlyTheLastLookIsConfirmed() {
        Peer peer = server.connect(once);
        Task<PowerOff> task = Power.of(once).powerDown(PowerLadder.none().ask(STEP));
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.answer(peer.hear("system_powerdown"), "{}");
        peer.reject(peer.hear("query-status"), "GenericError", "not now");
        peer.answer(peer.hear("query-status"), SHUT_DOWN); // after the last step
        peer.answer(peer.hear("query-status"), SHUT_DOWN);

        PowerOff off = task.await(LIMIT);
        assertThat(off.action()).isNull();
        assertThat(off.steps()).isZero();
        assertThat(off.qemuRuns()).isTrue();
    }

    @Test
    @DisplayName("a machine whose process survives SIGKILL is not off, and the failure of the kill is the cause")
    void isNotOffAfterAFailedKill() {
        try (StubbornProcess process = new StubbornProcess()) {
            Task<PowerOff> task = Power.of(process.adopt(once))
                    .powerDown(PowerLadder.none().plus(PowerLadder.Action.KILL, Duration.ofSeconds(1)));

            assertThatExceptionOfType(TaskFailedException.class)
                    .isThrownBy(() -> task.await(LIMIT))
                    .withMessageEndingWith("the machine is not off after 1 step")
                    .havingCause()
                    .isInstanceOf(QemuProcessException.class)
                    .withMessageContaining("after SIGKILL");
        }
    }
}

package dev.qmp.power;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.SessionEnd;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.type.RunState;
import dev.qmp.task.Task;
import dev.qmp.testing.LateCallbacks;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The outcome of a power down does not depend on the order in which its callbacks run. */
@Timeout(30)
class PowerOrderTests {

    private static final Duration LIMIT = Duration.ofSeconds(8);
    /** The limit of a step that ends while a shutdown is confirmed. A reply arrives within it. */
    private static final Duration STEP = Duration.ofSeconds(2);

    private static final Duration LONGER_CONFIRMATION = Duration.ofSeconds(3);

    private static final String RUNNING = "{\"status\": \"running\", \"running\": true}";
    private static final String SHUT_DOWN = "{\"status\": \"shutdown\", \"running\": false}";

    private final ScriptedServer server = ScriptedServer.start();
    private final LateCallbacks callbacks = new LateCallbacks();
    private final QmpClient vm = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(200)))
            .disconnectTimeout(Duration.ofMillis(50))
            .callbackExecutor(callbacks)
            .build();

    @AfterEach
    void close() {
        callbacks.release();
        vm.close();
        server.close();
    }

    @Test
    @DisplayName("a machine that has shut down is off, even if a later session begins before the end is reported")
    void seesTheEndAfterAReconnect() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task = Power.of(vm).powerDown(PowerLadder.none().ask(LIMIT));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        shutDown(peer);
        peer.hear("query-status");

        callbacks.hold(1); // the report of the session's end
        peer.close();
        server.accept().negotiate();
        vm.blocking().awaitRunning(LIMIT);
        callbacks.release();

        assertThat(task.await(LIMIT).session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_GUEST);
    }

    @Test
    @DisplayName("a machine that has shut down is off, even if the last step cannot be sent before the end is reported")
    void seesTheEndAfterTheLastStep() {
        QmpClient once = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .maxInFlight(1)
                .callbackExecutor(callbacks)
                .build();
        try (once) {
            Peer peer = server.connect(once);
            Task<PowerOff> task = Power.of(once).powerDown(PowerLadder.none().ask(LIMIT));
            peer.hear("query-status");
            shutDown(peer, once);

            callbacks.hold(Integer.MAX_VALUE);
            peer.close();
            Awaitility.await().atMost(LIMIT).until(() -> once.runstate() == Runstate.IDLE && callbacks.held() > 1);
            callbacks.releaseReversed(); // the failure of the step before the report of the session's end

            assertThat(task.await(LIMIT).session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_GUEST);
        }
    }

    @Test
    @DisplayName("a QEMU that answers once after its shutdown does not count as running on")
    void seesTheEndAfterAnAnswer() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task = Power.of(vm).powerDown(PowerLadder.none().ask(LIMIT));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        shutDown(peer);
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.hear("query-status");
        peer.close();

        PowerOff off = task.await(LIMIT);
        assertThat(off.qemuRuns()).isFalse();
        assertThat(off.session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_GUEST);
    }

    @Test
    @DisplayName("a guest whose shutdown was lost with the session is off, and no further step is taken")
    void seesTheShutdownOfAnOutage() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task =
                Power.of(vm).powerDown(PowerLadder.none().ask(LIMIT).quit(LIMIT));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        peer.close();
        peer = server.accept().negotiate();
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.answer(peer.hear("query-status"), SHUT_DOWN);

        PowerOff off = task.await(LIMIT);
        assertThat(off.qemuRuns()).isTrue();
        assertThat(off.steps()).isEqualTo(1);
    }

    @Test
    @DisplayName("a QEMU that answers once more, after its shutdown and before its end, does not count as running on")
    void seesTheEndAfterTheFirstAnswer() {
        Peer peer = server.connect(vm);
        shutDown(peer);
        Task<PowerOff> task = Power.of(vm).powerDown(PowerLadder.none().ask(LIMIT));
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.hear("system_powerdown");
        peer.hear("query-status");
        peer.close();

        PowerOff off = task.await(LIMIT);
        assertThat(off.qemuRuns()).isFalse();
        assertThat(off.action()).isNull();
        assertThat(off.steps()).isZero();
        assertThat(off.session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_GUEST);
    }

    private Task<PowerOff> beginWithLongerConfirmation() {
        PowerLadder ladder = PowerLadder.none().ask(STEP).quit(LIMIT);
        return new PowerDown(vm, null, ladder, LONGER_CONFIRMATION).begin();
    }

    @Test
    @DisplayName("a machine that is off already is not quit while that is confirmed")
    void waitsForTheConfirmation() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task = beginWithLongerConfirmation();
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.answer(peer.hear("system_powerdown"), "{}");
        peer.answer(peer.hear("query-status"), SHUT_DOWN);

        PowerOff off = task.await(LIMIT);
        assertThat(off.qemuRuns()).isTrue();
        assertThat(off.action()).isNull();
        assertThat(off.steps()).isZero();
        vm.execute("query-name");
        peer.hear("query-name"); // and no quit before
    }

    @Test
    @DisplayName("if a machine that was off runs again, the ladder goes on")
    void goesOnIfTheShutdownIsNotConfirmed() {
        Peer peer = server.connect(vm);
        beginWithLongerConfirmation();
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.answer(peer.hear("system_powerdown"), "{}");
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.hear("quit");
    }

    @Test
    @DisplayName("#83 a guest whose shutdown was not received before the end of a step is off, and QEMU is not quit")
    void looksBeforeTheNextStep() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task =
                Power.of(vm).powerDown(PowerLadder.none().ask(STEP).quit(LIMIT));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.answer(peer.hear("query-status"), SHUT_DOWN);

        PowerOff off = task.await(LIMIT);
        assertThat(off.qemuRuns()).isTrue();
        assertThat(off.steps()).isEqualTo(1);
    }

    @Test
    @DisplayName("a guest that shuts down shortly before the end of a step is off, and QEMU is not quit")
    void confirmsBeforeTheNextStep() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task = beginWithLongerConfirmation();
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        shutDown(peer);
        peer.answer(peer.hear("query-status"), SHUT_DOWN);
        peer.answer(peer.hear("query-status"), SHUT_DOWN); // before the next step
        peer.answer(peer.hear("query-status"), SHUT_DOWN);

        PowerOff off = task.await(LIMIT);
        assertThat(off.qemuRuns()).isTrue();
        assertThat(off.steps()).isEqualTo(1);
    }

    @Test
    @DisplayName("a guest that runs after a reconnect is not off, and the ladder goes on")
    void goesOnAfterAReconnect() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task = Power.of(vm)
                .powerDown(PowerLadder.none().ask(Duration.ofSeconds(2)).quit(LIMIT));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        peer.close();
        peer = server.accept().negotiate();
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("query-status"), RUNNING); // before the next step
        peer.hear("quit");
        assertThat(task.isDone()).isFalse();
    }

    @Test
    @DisplayName("a shutdown shortly before the end of the last step counts, and so does one whose queries have failed")
    void looksOnceMoreAfterTheLastStep() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task = Power.of(vm).powerDown(PowerLadder.none().ask(Duration.ofSeconds(2)));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        shutDown(peer);
        peer.reject(peer.hear("query-status"), "GenericError", "later");
        peer.answer(peer.hear("query-status"), SHUT_DOWN); // after the last step
        peer.answer(peer.hear("query-status"), SHUT_DOWN);

        PowerOff off = task.await(LIMIT);
        assertThat(off.qemuRuns()).isTrue();
        assertThat(off.reason()).isEqualTo("guest-shutdown");
    }

    @Test
    @DisplayName("a QEMU that ends while the last look is confirmed has ended")
    void seesTheEndDuringTheLastLook() {
        Peer peer = server.connect(vm);
        Task<PowerOff> task = Power.of(vm).powerDown(PowerLadder.none().ask(Duration.ofSeconds(2)));
        peer.answer(peer.hear("query-status"), RUNNING);
        peer.answer(peer.hear("system_powerdown"), "{}");
        shutDown(peer);
        peer.hear("query-status");
        peer.hear("query-status"); // after the last step
        peer.close();

        assertThat(task.await(LIMIT).session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_GUEST);
    }

    @Test
    @DisplayName("a status that was answered before the end of the session counts")
    void seesTheStatusBeforeTheEnd() {
        Peer peer = server.connect(vm);
        Task<RunState> task = Power.of(vm).awaitStatus(LIMIT, RunState.PAUSED);
        var query = peer.hear("query-status");

        callbacks.hold(Integer.MAX_VALUE);
        peer.answer(query, "{\"status\": \"paused\", \"running\": false}");
        peer.close();
        // a batch for the reply, the reply itself, because batches end with the session, and the end
        Awaitility.await().atMost(LIMIT).until(() -> callbacks.held() >= 3);
        callbacks.releaseReversed();

        assertThat(task.await(LIMIT)).isEqualTo(RunState.PAUSED);
    }

    private void shutDown(Peer peer) {
        shutDown(peer, vm);
    }

    /** Emits the event, and waits until its callbacks have been handed to the executor. */
    private static void shutDown(Peer peer, QmpClient client) {
        CompletableFuture<QmpEvent> seen = client.events().next(EventFilter.named("SHUTDOWN"));
        peer.emit("SHUTDOWN", QmpJson.object().put("guest", true).put("reason", "guest-shutdown"));
        seen.join();
    }
}

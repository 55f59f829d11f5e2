package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.StateException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Row S22: listeners that see an attempt begin and fail, and what they do meanwhile. */
class ConnectListenerTests extends OnManualDial {

    @Test
    @DisplayName("S22 a watcher sees CONNECTING before an immediate failure")
    void connectingIsSeenBeforeAnImmediateFailure() {
        List<Runstate> seen = new ArrayList<>();
        probe.addRunstateListener(change -> seen.add(change.current()));
        loops.newDial = () -> ManualDial.failed(refused);
        assertThat(connectFailure(connecting())).isSameAs(refused);
        assertThat(seen).containsExactly(CONNECTING, DISCONNECTING, IDLE);
    }

    @ParameterizedTest(name = "S22 a listener that disconnects at {0} does not break the attempt")
    @EnumSource(names = {"CONNECTING", "RUNNING", "DISCONNECTING"})
    void aListenerThatDisconnects(Runstate at) {
        loops.newDial = ManualDial::succeeded;
        List<CompletableFuture<Void>> disconnects = new ArrayList<>();
        probe.addRunstateListener(change -> {
            if (change.current() == at) {
                disconnects.add(probe.disconnect());
            }
        });
        CompletableFuture<Void> connected = connecting();
        disconnects.add(probe.disconnect());
        loops.run();
        assertThat(connected).isDone();
        assertThat(disconnects).hasSize(2).allSatisfy(done -> assertThat(done).isDone());
        assertIdle();
    }

    @ParameterizedTest(name = "S14 S22 a connection is closed whose attempt ends at once, by a listener: {0}")
    @ValueSource(booleans = {true, false})
    void aConnectionThatNobodyTakes(boolean cancels) {
        ManualConnection connection = new ManualConnection();
        List<CompletableFuture<Void>> attempts = new ArrayList<>();
        List<Boolean> closedAtIdle = new ArrayList<>();
        probe.onChange = change -> {
            if (change.current() == CONNECTING && cancels) {
                attempts.get(0).cancel(false);
            } else if (change.current() == CONNECTING) {
                probe.disconnect();
            } else if (change.current() == IDLE) {
                closedAtIdle.add(connection.isClosed());
            }
        };
        attempts.add(probe.connect(connection));
        loops.run();
        assertThat(attempts.get(0)).isCompletedExceptionally();
        assertIdle();
        assertThat(closedAtIdle).containsExactly(true);
        assertThat(loops.dials()).isEmpty();
    }

    @Test
    @DisplayName("S4 S22 a connection offered within a change of the runstate is left as it was")
    void aConnectionOfferedTooEarly() {
        ManualConnection connection = new ManualConnection();
        List<CompletableFuture<Void>> attempts = new ArrayList<>();
        probe.addRunstateListener(change -> {
            if (change.current() == CONNECTING) {
                attempts.add(probe.connect(connection));
            }
        });
        connected();
        assertThat(failureOf(attempts.get(0))).isInstanceOf(StateException.class);
        assertThat(connection.isClosed()).isFalse();
    }

    @Test
    @DisplayName("S22 a listener that disconnects while a failed attempt is taken down does not lose the failure")
    void aListenerThatDisconnectsDuringAFailure() {
        probe.addRunstateListener(change -> {
            if (change.current() == DISCONNECTING) {
                probe.disconnect();
            }
        });
        CompletableFuture<Void> connected = connecting();
        loops.dial().fail(refused);
        assertThat(connectFailure(connected)).isSameAs(refused);
    }

    @Test
    @DisplayName("S22 a listener that connects again at IDLE, in vain: each attempt gets its own failure")
    void aListenerThatConnectsAnew() {
        List<RuntimeException> failures = List.of(
                new QmpConnectException(ConnectPhase.TRANSPORT, true, "first", null),
                new QmpConnectException(ConnectPhase.TRANSPORT, true, "second", null));
        loops.newDial = () -> ManualDial.failed(failures.get(loops.dials().size()));
        List<CompletableFuture<Void>> attempts = new ArrayList<>();
        probe.addRunstateListener(change -> {
            if (change.current() == IDLE && attempts.isEmpty()) {
                attempts.add(probe.connect(PEER));
            }
        });
        CompletableFuture<Void> first = probe.connect(PEER);
        loops.run();
        assertThat(failureOf(first)).hasMessage("first");
        assertThat(failureOf(attempts.get(0))).hasMessage("second");
        assertIdle();
    }
}

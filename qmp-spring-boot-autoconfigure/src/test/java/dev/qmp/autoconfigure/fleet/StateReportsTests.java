package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;

import ch.qos.logback.classic.Level;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.autoconfigure.ConnectionOwnership.Wanted;
import dev.qmp.autoconfigure.fleet.FleetConnection.Phase;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reports on clients of which one throws. */
class StateReportsTests {

    private final FleetThreads threads = new FleetThreads();
    private final List<Set<String>> written = new ArrayList<>();
    private final QmpClient failing = mock(QmpClient.class);
    private final Map<String, FleetConnection> connections = new LinkedHashMap<>();
    private final Reports reports = mock(Reports.class);
    private final StateReports states = new StateReports("me", reports, connections, mock(Turns.class));

    @AfterEach
    void close() {
        threads.close();
    }

    private void add(String name, QmpClient client) {
        connections.put(name, new FleetConnection(new Wanted(name, client, List.of(), Duration.ofSeconds(10))));
        onState(() -> connections.get(name).phase(Phase.HELD));
    }

    private void onState(Runnable task) {
        CompletableFuture.runAsync(task, threads.state()).join();
    }

    private static QmpClientStatus running() {
        QmpClientStatus status = mock(QmpClientStatus.class);
        given(status.runstate()).willReturn(Runstate.RUNNING);
        return status;
    }

    @Test
    void aClientThatThrowsKeepsNoReportOfAnotherConnection() {
        willAnswer(call -> written.add(
                        Set.copyOf(call.<Map<String, ?>>getArgument(0).keySet())))
                .given(reports)
                .write(any(), any());
        QmpClient good = mock(QmpClient.class);
        QmpClientStatus running = running();
        given(good.status()).willReturn(running);
        Error full = new InternalError("for a test");
        given(failing.status()).willThrow(full, full).willReturn(running);
        add("vm1", failing);
        add("vm2", good);
        states.allDue(List.of("vm1", "vm2"));
        try (LogRecorder log = LogRecorder.of(StateReports.class.getName())) {
            onState(states::write);
            states.due("vm2");
            onState(states::write);
            onState(states::write);
            onState(states::write);
            assertThat(written).containsExactly(Set.of("vm2"), Set.of("vm2"), Set.of("vm1"), Set.of());
            assertThat(log.at(Level.WARN))
                    .containsExactly("QMP connection 'vm1': its state could not be reported to other instances; tried"
                            + " again each second");
            assertThat(log.hasTraceAt(Level.WARN)).isTrue();
        }
    }

    @Test
    void aFailureOfARemovedConnectionIsForgotten() {
        given(failing.status()).willThrow(new IllegalStateException("for a test"));
        try (LogRecorder log = LogRecorder.of(StateReports.class.getName())) {
            for (int i = 0; i < 2; i++) {
                add("vm1", failing);
                states.due("vm1");
                onState(states::write);
                connections.clear();
                onState(states::write);
            }
            assertThat(log.at(Level.WARN)).hasSize(2);
        }
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.RunstateRecorder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The end of a real QEMU that was asked to quit. */
@RequiresQemu
class RealQemuQuitIntegrationTests extends OnRealQemu {

    @Test
    @DisplayName("#26 #28 #55 quit succeeds, SHUTDOWN is received before the end, and the end is an end of stream")
    void quits() {
        QmpClient client = client(qemu.endpoint());
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS,
                        Runnable::run,
                        signal -> heard.add(
                                signal instanceof EventSignal.Received received
                                        ? received.event().name()
                                        : signal.getClass().getSimpleName()));
        client.blocking().connect();

        client.blocking().execute("quit");

        await().until(() -> client.runstate() == Runstate.IDLE);
        await().untilAsserted(() -> assertThat(heard).containsExactly("Connected", "SHUTDOWN", "Disconnected"));
        await().until(() -> !qemu.isAlive());
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isExpected())
                        .isTrue());
    }

    @Test
    @DisplayName("#28 after quit it is dialled at growing intervals, until it is back")
    void waitsBetweenAttemptsAfterQuit() {
        QmpClient client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(100), 2, 0, Duration.ofMillis(400)))
                .build();
        clients.add(client);
        RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
        client.blocking().connect();

        client.blocking().execute("quit");

        await().until(() -> attempts(runstates).size() >= 5);
        List<Instant> again = attempts(runstates).subList(1, 5);
        assertIntervals(again, List.of(100, 200, 400));
        qemu.restart();
        await().until(() -> client.runstate() == Runstate.RUNNING);
    }
}

package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.ConnectMode;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.engine.InlineScheduler;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

/** A thousand clients whose server went away, on a clock held by hand. */
class ReconnectStormTests {

    private static final int CLIENTS = 1000;

    private final PriorityQueue<Timer> agenda = new PriorityQueue<>(Comparator.comparingLong(Timer::at));
    private final List<Duration> dials = new ArrayList<>();
    private long now;

    /** What happens when, in nanoseconds since the server went. */
    private record Timer(long at, Runnable task) {}

    private void later(Duration delay, Runnable task) {
        agenda.add(new Timer(now + delay.toNanos(), task));
    }

    /** One client: it had a session, and each of its attempts at another one fails at once. */
    private final class Client {

        private final Reconnector reconnector = new Reconnector(
                ReconnectPolicy.exponential(),
                ConnectMode.CONNECT,
                new ConnectorStub(this::dial),
                (InlineScheduler) (delay, task) -> {
                    later(delay, task);
                    return () -> {};
                },
                new ConnectionLog(NOPLogger.NOP_LOGGER, (InlineScheduler) (delay, task) -> () -> {}, () -> now));
        private boolean wasConnected;

        void dial() {
            if (wasConnected) {
                dials.add(Duration.ofNanos(now));
                later(Duration.ZERO, () -> become(Runstate.IDLE, refused()));
            }
        }

        void become(Runstate runstate, Throwable cause) {
            reconnector.runstateChanged(new RunstateChange(runstate, runstate, cause, Instant.EPOCH));
        }

        void connectAndLose() {
            reconnector.start();
            become(Runstate.RUNNING, null);
            wasConnected = true;
            become(Runstate.IDLE, ConnectionLostException.endOfStream());
        }

        private static QmpConnectException refused() {
            return new QmpConnectException(ConnectPhase.TRANSPORT, true, "refused", null);
        }
    }

    private void runUntil(Duration end) {
        for (Timer next = agenda.poll(); next != null && next.at() <= end.toNanos(); next = agenda.poll()) {
            now = next.at();
            next.task().run();
        }
    }

    /** {@return the most attempts in any hundredth of a second from then on} */
    private long mostAtOnce(Duration from) {
        Map<Long, Long> slots = dials.stream()
                .filter(at -> at.compareTo(from) >= 0)
                .map(at -> at.toMillis() / 10)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return slots.values().stream().max(Long::compare).orElse(0L);
    }

    /** {@return the attempts of one client by then, if chance were even} */
    private static long evenly(Duration end) {
        long attempts = 0;
        double delay = 100;
        for (double at = delay; at <= end.toMillis(); at += delay) {
            attempts++;
            delay = Math.min(delay * 1.6, 30_000);
        }
        return attempts;
    }

    @Test
    @DisplayName("#20 reconnect storm: a thousand clients come back apart, and fewer at a time the longer it lasts")
    void spreads() {
        Duration end = Duration.ofMinutes(10);
        for (int i = 0; i < CLIENTS; i++) {
            new Client().connectAndLose();
        }
        runUntil(end);

        assertThat(dials.get(0)).isGreaterThanOrEqualTo(Duration.ofMillis(80));
        assertThat(mostAtOnce(Duration.ZERO)).as("at first").isLessThan(CLIENTS * 35 / 100);
        assertThat(mostAtOnce(Duration.ofSeconds(1))).as("after a second").isLessThan(CLIENTS / 10);
        assertThat(mostAtOnce(Duration.ofMinutes(2))).as("after two minutes").isLessThan(CLIENTS / 50);
        assertThat(dials.size()).as("attempts in all").isBetween(CLIENTS * 20, (int)
                (CLIENTS * evenly(end) * 105 / 100));
    }
}

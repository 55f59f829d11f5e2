package dev.qmp.internal.engine;

import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.testing.LogRecorder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Row S9: how far a runstate listener may fall behind. */
class ListenerSinkTests {

    private static final String LOGGER = "dev.qmp.protocol.vm2";

    private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
    private final RunstateMachine machine = new RunstateMachine(
            "QmpClient", "vm2", InlineScheduler.WITHOUT_TIMERS, new FailureLog(LoggerFactory.getLogger(LOGGER)));
    private final List<RunstateChange> made = new ArrayList<>();
    private final List<RunstateChange> heard = new ArrayList<>();

    private void flap(int changes) {
        for (int change = 0; change < changes; change++) {
            machine.move(machine.current() == IDLE ? DISCONNECTING : IDLE, null);
        }
    }

    private void runCallbacks() {
        for (Runnable callback = callbacks.poll(); callback != null; callback = callbacks.poll()) {
            callback.run();
        }
    }

    @Test
    @DisplayName("S9 a listener that falls behind ends before it misses a change, and that is logged once")
    void aListenerLeftBehindEnds() {
        machine.addSink(made::add);
        machine.addListener(heard::add, callbacks::add);
        try (LogRecorder log = LogRecorder.of(LOGGER)) {
            flap(RunstateWatcher.CAPACITY);
            assertThat(log.at(Level.WARN)).isEmpty();
            flap(10);
            assertThat(log.at(Level.WARN)).singleElement().asString().contains("1024 changes behind");

            runCallbacks();
            flap(10);
            runCallbacks();

            assertThat(heard).isEqualTo(made.subList(0, RunstateWatcher.CAPACITY));
            assertThat(log.at(Level.WARN)).hasSize(1);
        }
    }

    @Test
    @DisplayName("S9 a listener that keeps up receives any number of changes")
    void aListenerThatKeepsUpGoesOn() {
        machine.addSink(made::add);
        machine.addListener(heard::add, callbacks::add);

        for (int round = 0; round < 3; round++) {
            flap(RunstateWatcher.CAPACITY);
            runCallbacks();
        }

        assertThat(heard).hasSize(3 * RunstateWatcher.CAPACITY).isEqualTo(made);
    }
}

package dev.qmp.internal.engine;

import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.testing.ModelChecking;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.slf4j.helpers.NOPLogger;

/** A runstate between the event loop that moves it and the threads that read it. */
// the model checker's agent rewrites classes of the JDK, and knows those up to 21
@EnabledForJreRange(max = JRE.JAVA_21)
class RunstateModelTests {

    /** The loop moves it in circles, and any thread reads it in two ways. */
    public static final class Reading {

        private final RunstateMachine machine = new RunstateMachine(
                "QmpClient", "vm1", InlineScheduler.WITHOUT_TIMERS, new FailureLog(NOPLogger.NOP_LOGGER));

        @Operation(nonParallelGroup = "loop")
        public void move() {
            machine.move(
                    switch (machine.current()) {
                        case IDLE -> Runstate.CONNECTING;
                        case CONNECTING -> Runstate.RUNNING;
                        case RUNNING -> Runstate.DISCONNECTING;
                        case DISCONNECTING -> Runstate.IDLE;
                    },
                    null);
        }

        @Operation
        public Runstate current() {
            return machine.current();
        }

        @Operation
        public Runstate lastChange() {
            RunstateChange last = machine.lastChange();
            return last == null ? Runstate.IDLE : last.current();
        }
    }

    @Test
    @DisplayName("S8 whichever way it is read, the runstate never goes back")
    void reading() {
        ModelChecking.of(Reading.class)
                .race("", "current lastChange", "move move", "current lastChange current")
                .race("move", "", "move move", "lastChange current lastChange")
                .check();
    }
}

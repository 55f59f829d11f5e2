package dev.qmp.internal.engine;

import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.testing.ModelChecking;
import java.time.Duration;
import java.time.Instant;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** A watcher of runstates between the event loop that fills it and the threads that read it. */
// the model checker's agent rewrites classes of the JDK, and knows those up to 21
@EnabledForJreRange(max = JRE.JAVA_21)
class RunstateMailboxModelTests {

    /** The loop fills it, and any thread reads and closes it. */
    public static final class Watching {

        private final RunstateMailbox watcher = new RunstateMailbox(() -> Runstate.IDLE, () -> false, closed -> {});

        @Operation(nonParallelGroup = "loop")
        public void connecting() {
            watcher.accept(new RunstateChange(Runstate.IDLE, Runstate.CONNECTING, null, Instant.EPOCH));
        }

        @Operation(nonParallelGroup = "loop")
        public void running() {
            watcher.accept(new RunstateChange(Runstate.CONNECTING, Runstate.RUNNING, null, Instant.EPOCH));
        }

        @Operation
        public @Nullable Runstate next() throws InterruptedException {
            RunstateChange change = watcher.next(Duration.ZERO);
            return change == null ? null : change.current();
        }

        @Operation
        public void close() {
            watcher.close();
        }
    }

    @Test
    @DisplayName("S8-S9 each change is read once, in order; after the end, what was kept and then the end")
    void watcher() {
        ModelChecking.of(Watching.class)
                .race("", "next next next", "connecting running", "close")
                .race("", "next", "connecting running", "next next")
                .race("connecting", "next next", "running", "next close")
                .check();
    }
}

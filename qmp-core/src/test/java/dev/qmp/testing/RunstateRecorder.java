package dev.qmp.testing;

import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;

/** Records the exact sequence of runstates that a connection went through, from IDLE on. */
public final class RunstateRecorder implements RunstateListener {

    private final List<RunstateChange> changes = new CopyOnWriteArrayList<>();

    /** {@return a recorder, registered by what registers listeners: {@code client::addRunstateListener}} */
    public static RunstateRecorder of(Consumer<RunstateListener> register) {
        RunstateRecorder recorder = new RunstateRecorder();
        register.accept(recorder);
        return recorder;
    }

    @Override
    public void runstateChanged(RunstateChange change) {
        changes.add(change);
    }

    /** {@return all changes so far} */
    public List<RunstateChange> changes() {
        return changes;
    }

    /** Waits until as many changes as given have come, and makes sure they led through exactly these runstates. */
    public void assertSequence(Runstate... expected) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> changes.size() >= expected.length);
        List<Runstate> seen = new ArrayList<>();
        changes.forEach(change -> seen.add(change.current()));
        Assertions.assertThat(seen).containsExactly(expected);
        Runstate previous = Runstate.IDLE;
        for (RunstateChange change : changes) {
            Assertions.assertThat(change.previous()).isEqualTo(previous);
            previous = change.current();
        }
    }
}

package dev.qmp.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.ModelChecking;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** One run at a time, and one after the last request. */
class SerialRunnerTests {

    private final Queue<Runnable> queued = new ArrayDeque<>();
    private final List<String> runs = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();

    private void runQueued() {
        for (Runnable next = queued.poll(); next != null; next = queued.poll()) {
            next.run();
        }
    }

    @Test
    void requestsBeforeARunAreMerged() {
        SerialRunner runner = new SerialRunner(queued::add, () -> runs.add("run"), failures::add);
        runner.request();
        runner.request();
        assertThat(runs).isEmpty();
        runQueued();
        assertThat(runs).containsExactly("run");
    }

    @Test
    void aRequestDuringARunIsServedAfterIt() {
        List<SerialRunner> runner = new ArrayList<>();
        runner.add(new SerialRunner(
                Runnable::run,
                () -> {
                    runs.add("begin");
                    if (runs.size() == 1) {
                        runner.get(0).request();
                    }
                    runs.add("end");
                },
                failures::add));
        runner.get(0).request();
        assertThat(runs).containsExactly("begin", "end", "begin", "end");
    }

    @Test
    void aRunThatTheExecutorRefusesTakesPlaceInTheCallingThread() {
        SerialRunner runner = new SerialRunner(
                task -> {
                    throw new RejectedExecutionException("full");
                },
                () -> runs.add("run"),
                failures::add);
        runner.request();
        runner.request();
        assertThat(runs).containsExactly("run", "run");
        assertThat(failures).isEmpty();
    }

    @Test
    void aRunThatTheExecutorDropsIsMergedWithTheNext() {
        List<Runnable> dropped = new ArrayList<>();
        SerialRunner runner = new SerialRunner(
                task -> (dropped.isEmpty() ? dropped : queued).add(task), () -> runs.add("run"), failures::add);
        runner.request();
        runner.request();
        runQueued();
        assertThat(runs).containsExactly("run");
    }

    @Test
    void aFailureIsReportedAndTheNextRequestIsServed() {
        IllegalStateException failure = new IllegalStateException("of the action");
        SerialRunner runner = new SerialRunner(
                Runnable::run,
                () -> {
                    runs.add("run");
                    throw failure;
                },
                thrown -> {
                    failures.add(thrown);
                    throw new IllegalStateException("of the report");
                });
        runner.request();
        runner.request();
        assertThat(runs).containsExactly("run", "run");
        assertThat(failures).containsExactly(failure, failure);
    }

    /** Two threads change a value, and request a run that reads it. */
    public static final class Requests {

        private final AtomicInteger value = new AtomicInteger();
        private final AtomicInteger running = new AtomicInteger();
        private final SerialRunner runner = new SerialRunner(Runnable::run, this::read, failure -> {});
        private int read;
        private boolean twiceAtOnce;

        @Operation
        public void change() {
            value.incrementAndGet();
            runner.request();
        }

        private void read() {
            twiceAtOnce |= running.incrementAndGet() > 1;
            read = value.get();
            running.decrementAndGet();
        }

        @Validate
        public void theLastValueWasRead() {
            if (twiceAtOnce || read != value.get()) {
                throw new IllegalStateException(read + " of " + value + ", twice at once: " + twiceAtOnce);
            }
        }
    }

    // the model checker's agent rewrites classes of the JDK, and knows those up to 21
    @EnabledForJreRange(max = JRE.JAVA_21)
    @Test
    void noRequestOfTwoThreadsIsLost() {
        ModelChecking.of(Requests.class).race("", "", "change change", "change").check();
    }
}

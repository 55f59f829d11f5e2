package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.InlineScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** How many threads completions need, and how long one waits for another. The test runs each thread and each timer. */
class CompletionsTests {

    private final CallbackExecutorOfTest executor = new CallbackExecutorOfTest();
    private final List<Duration> delays = new ArrayList<>();
    private final Completions completions = new Completions(executor.callbacks, (InlineScheduler) this::schedule);
    private final List<String> done = new ArrayList<>();

    /** The callback executor, with each of its tasks and timers run by the test. */
    private static final class CallbackExecutorOfTest {

        private final ManualExecutor manual = new ManualExecutor();
        private int tasks;
        private final CallbackExecutor callbacks = new CallbackExecutor(
                task -> {
                    tasks++;
                    manual.execute(task);
                },
                new FailureLog(LoggerFactory.getLogger(CompletionsTests.class)));
    }

    private Cancellable schedule(Duration delay, Runnable task) {
        delays.add(delay);
        return executor.manual.schedule(delay, task);
    }

    private void complete(int from, int to) {
        for (int number = from; number <= to; number++) {
            String name = "c" + number;
            completions.execute(() -> done.add(name));
        }
    }

    private void check() {
        executor.manual.expire();
    }

    private void runThreads() {
        executor.manual.runAll();
    }

    @Test
    @DisplayName("eight replies at once wake one thread, which completes them in order")
    void eightRepliesWakeOneThread() {
        complete(1, 8);
        assertThat(executor.tasks).isEqualTo(1);

        runThreads();

        assertThat(done).containsExactly("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8");
        check();
        assertThat(executor.manual.timers()).as("timers when nothing waits").isZero();
        assertThat(executor.tasks).isEqualTo(1);
    }

    @Test
    @DisplayName("one reply after another wakes one thread each, and sets no timer")
    void oneReplyAfterAnotherSetsNoTimer() {
        for (int number = 1; number <= 3; number++) {
            complete(number, number);
            assertThat(executor.tasks).isEqualTo(number);
            runThreads();
        }
        assertThat(done).containsExactly("c1", "c2", "c3");
        assertThat(executor.manual.timers()).isZero();
    }

    @Test
    @DisplayName("a completion that arrives while others run is taken by their thread")
    void aBusyThreadTakesWhatArrives() {
        completions.execute(() -> complete(1, 2));
        runThreads();
        assertThat(done).containsExactly("c1", "c2");
        assertThat(executor.tasks).isEqualTo(1);
    }

    @Test
    @DisplayName("a callback that leaves its thread interrupted does not interrupt the next one")
    void anInterruptStaysWithItsCallback() {
        completions.execute(Thread.currentThread()::interrupt);
        complete(1, 2);
        executor.manual.runNext();
        assertThat(done).as("callbacks on the interrupted thread").isEmpty();

        assertThat(Thread.interrupted()).isTrue(); // as an executor does between its tasks
        runThreads();
        assertThat(done).containsExactly("c1", "c2");
        assertThat(executor.tasks).isEqualTo(3);

        complete(3, 3);
        runThreads();
        assertThat(done).endsWith("c3");
    }

    @Test
    @DisplayName("#46 a callback that blocks delays others until the first check, if they arrived before its timer")
    void aBlockedCallbackIsLeftBehind() {
        completions.execute(() -> {
            complete(1, 3); // while this callback blocks its thread
            check();
            runThreads(); // the other threads of the executor
            assertThat(done).containsExactly("c1", "c2", "c3");

            complete(4, 8);
            assertThat(executor.tasks).as("one thread more for the next ones").isEqualTo(1 + 3 + 1);
            runThreads();
            done.add("blocked");
        });
        runThreads();
        assertThat(done).containsExactly("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "blocked");

        complete(9, 9);
        runThreads();
        assertThat(done).endsWith("c9");
    }

    @Test
    @DisplayName("#46 a callback that blocks delays others until the second check at most")
    void aBlockedCallbackDelaysForTwoChecksAtMost() {
        completions.execute(() -> {
            complete(1, 1); // sets the timer
            completions.execute(() -> {
                check();
                assertThat(executor.tasks)
                        .as("c2 arrived after the timer was set")
                        .isEqualTo(1);
                check();
                runThreads();
                assertThat(done).containsExactly("c1", "c2");
            });
            complete(2, 2);
        });
        runThreads();
        assertThat(done).containsExactly("c1", "c2");
        assertThat(delays).as("the two checks").isNotEmpty().containsOnly(Duration.ofMillis(1));
    }

    @Test
    @DisplayName("#46 completions that have waited wait no more, though each of them blocks")
    void completionsThatWaitedAreTasksOfTheirOwn() {
        completions.execute(() -> {
            complete(1, 7);
            check();
            assertThat(executor.manual.waiting()).isEqualTo(7);
        });
        runThreads();
        assertThat(done).hasSize(7);
    }

    @Test
    @DisplayName("short callbacks need one thread a turn, however many checks there are")
    void shortCallbacksNeedOneThread() {
        for (int turn = 0; turn < 100; turn++) {
            complete(1, 8);
            runThreads();
            check();
        }
        assertThat(done).hasSize(800);
        assertThat(executor.tasks).isEqualTo(100);
    }

    @Test
    @DisplayName("G1 completions wait for none when the session ends")
    void completionsAreIndependentWhenTheSessionEnds() {
        complete(1, 3);
        assertThat(executor.tasks).isEqualTo(1);
        completions.end();
        assertThat(executor.tasks)
                .as("c1 to c3, and the batch that has lost them")
                .isEqualTo(4);
        runThreads();
        assertThat(done).containsExactly("c1", "c2", "c3");
    }

    @Test
    @DisplayName("G1 after the end of the session each completion is a task of its own, without a timer")
    void completionsAreIndependentAfterTheEnd() {
        completions.end();
        completions.execute(() -> complete(1, 3));
        runThreads();
        assertThat(executor.tasks).isEqualTo(1 + 3);
        assertThat(executor.manual.timers()).isZero();
        assertThat(done).containsExactly("c1", "c2", "c3");
    }

    @Test
    @DisplayName("G1 completions wait for none if the event loop has ended, because no check would come")
    void completionsAreIndependentWithoutTimers() {
        Completions stranded =
                new Completions(executor.callbacks, (InlineScheduler) (delay, task) -> Cancellable.NOTHING);
        stranded.execute(() -> {
            stranded.execute(() -> done.add("c1"));
            assertThat(executor.tasks).isEqualTo(2);
        });
        runThreads();
        assertThat(done).containsExactly("c1");
    }

    @Test
    @DisplayName("#46 a completion that throws does not keep back those behind it")
    void aFailureStopsNoOther() {
        completions.execute(() -> {
            throw new IllegalStateException("of the application");
        });
        complete(1, 2);
        runThreads();
        assertThat(done).containsExactly("c1", "c2");
    }

    @Test
    @DisplayName("a completion behind a slow callback does not wait for it if the check cannot be scheduled")
    void withoutACheck() {
        Completions unchecked = new Completions(executor.callbacks, (InlineScheduler) (delay, task) -> {
            throw new InternalError("on purpose");
        });
        unchecked.execute(() -> done.add("slow"));
        unchecked.execute(() -> done.add("next"));
        assertThat(executor.tasks).as("threads").isGreaterThan(1);
        runThreads();
        assertThat(done).containsExactlyInAnyOrder("slow", "next");
    }
}

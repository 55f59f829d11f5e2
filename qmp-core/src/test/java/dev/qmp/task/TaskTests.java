package dev.qmp.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.error.QmpException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The handle of something that runs on a machine, and its other end. */
class TaskTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final Queue<Runnable> callbacks = new ArrayDeque<>();
    private final AtomicInteger cancellations = new AtomicInteger();
    private CompletableFuture<Void> cancelled = CompletableFuture.completedFuture(null);
    private final TaskSource<String> source = new TaskSource<>("backup of disk0", callbacks::add, () -> {
        cancellations.incrementAndGet();
        return cancelled;
    });
    private final Task<String> task = source.task();

    private void runCallbacks() {
        for (Runnable next = callbacks.poll(); next != null; next = callbacks.poll()) {
            next.run();
        }
    }

    @AfterEach
    void uninterrupt() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    @DisplayName("a result completes every future, on the executor, and every wait")
    void completes() {
        CompletableFuture<String> before = task.result();
        assertThat(task.isDone()).isFalse();
        assertThat(source.complete("done")).isTrue();
        assertThat(source.complete("again")).isFalse();
        assertThat(source.fail(new QmpException("late", null))).isFalse();
        assertThat(before).isNotDone();
        runCallbacks();

        assertThat(before).isCompletedWithValue("done");
        assertThat(task.await(SOON)).isEqualTo("done");
        assertThat(task.isDone()).isTrue();
        CompletableFuture<String> after = task.result();
        runCallbacks();
        assertThat(after).isCompletedWithValue("done");
    }

    @Test
    @DisplayName("a failure is thrown as it is, and completes futures without a wrapper")
    void fails() {
        TaskFailedException failure = new TaskFailedException("backup of disk0", "No space left\non device", null);
        CompletableFuture<Throwable> seen =
                task.result().handle((value, thrown) -> thrown).toCompletableFuture();
        source.fail(new CompletionException(failure));
        runCallbacks();

        assertThat(seen).isCompletedWithValue(failure);
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> task.await(SOON))
                .isSameAs(failure)
                .withMessage("backup of disk0 failed: No space left\\u000Aon device");
        assertThat(failure.reason()).isEqualTo("No space left\non device");
    }

    @Test
    @DisplayName("a chain's failure is delivered on the executor, without a wrapper")
    void unwrapsAChain() {
        QmpException failure = new QmpException("first step", null);
        CompletableFuture<String> chain =
                CompletableFuture.<String>failedFuture(failure).thenApply(String::strip);
        CompletableFuture<String> unwrapped = TaskSource.unwrapped(chain, callbacks::add);
        CompletableFuture<Throwable> seen = unwrapped.handle((value, thrown) -> thrown);
        assertThat(unwrapped).isNotDone();
        runCallbacks();
        assertThat(seen).isCompletedWithValue(failure);
    }

    @Test
    @DisplayName("a future that its holder ends is no cancellation of the task")
    void keepsRunningWithoutItsFuture() {
        task.result().cancel(true);
        task.result()
                .orTimeout(1, TimeUnit.NANOSECONDS)
                .exceptionally(thrown -> "late")
                .join();
        assertThat(task.isDone()).isFalse();
        assertThat(cancellations).hasValue(0);
    }

    @Test
    @DisplayName("a wait has a limit, and names the task and its progress")
    void waitsNoLongerThanItsLimit() {
        source.progress(Progress.ofBytes(1, 4).withPhase("running"));
        assertThatExceptionOfType(TaskWaitException.class)
                .isThrownBy(() -> task.await(AT_ONCE))
                .withMessage(
                        "backup of disk0 was not done within 1 ms, and goes on; its progress: running, 1 of 4 bytes"
                                + " (25 %)")
                .satisfies(wait -> assertThat(wait.isInterrupted()).isFalse())
                .satisfies(wait -> assertThat(wait.progress()).isEqualTo(task.progress()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> task.await(Duration.ZERO))
                .withMessageContaining("limit must be positive");
        source.complete("done");
        assertThat(task.await(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo("done");
    }

    @Test
    @DisplayName("an interrupted thread stops waiting and stays interrupted; the task goes on")
    void stopsWaitingWhenInterrupted() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(TaskWaitException.class)
                .isThrownBy(() -> task.await(SOON))
                .satisfies(wait -> assertThat(wait.isInterrupted()).isTrue());
        assertThat(Thread.interrupted()).isTrue();
        assertThat(cancellations).hasValue(0);
    }

    @Test
    @DisplayName("a cancellation asks the machine; what the machine refuses is reported, and a done task is not asked")
    void cancels() {
        cancelled = new CompletableFuture<>();
        CompletableFuture<Void> request = task.cancel();
        assertThat(request).isNotDone();
        cancelled.complete(null);
        runCallbacks();
        assertThat(request).isCompleted();
        assertThat(task.isDone()).isFalse();

        QmpException refusal = new QmpException("refused", null);
        cancelled = CompletableFuture.failedFuture(refusal);
        CompletableFuture<Void> refused = task.cancel();
        runCallbacks();
        assertThat(refused).isCompletedExceptionally();
        assertThat(refused.handle((ignored, thrown) -> thrown)).isCompletedWithValue(refusal);

        source.fail(new TaskCancelledException("backup of disk0"));
        assertThat(task.cancel()).isCompleted();
        assertThat(cancellations).hasValue(2);
    }

    static Stream<Executor> executorsThatThrow() {
        return Stream.of(
                callback -> {
                    throw new RejectedExecutionException("shut down");
                },
                callback -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                callback -> {
                    throw new IllegalStateException("of the executor");
                });
    }

    @ParameterizedTest
    @MethodSource("executorsThatThrow")
    @DisplayName("an executor that throws loses neither the outcome nor progress")
    void survivesAnExecutorThatThrows(Executor executor) {
        TaskSource<String> rejected = new TaskSource<>("backup of disk0", executor, () -> cancelled);
        List<Long> seen = new ArrayList<>();
        rejected.progress(Progress.ofBytes(1, 2));
        rejected.task().onProgress(progress -> seen.add(progress.done()));
        rejected.progress(Progress.ofBytes(2, 2));
        assertThat(seen).containsExactly(1L, 2L);

        CompletableFuture<String> before = rejected.task().result();
        assertThat(rejected.task().cancel()).isCompleted();
        assertThat(before).isNotDone();
        rejected.complete("done");
        assertThat(before).isCompletedWithValue("done");
        assertThat(rejected.task().result()).isCompletedWithValue("done");
        assertThat(TaskSource.unwrapped(rejected.task().result(), executor)).isCompletedWithValue("done");
    }

    @Test
    @DisplayName("a cancellation without a future fails, and the task goes on")
    void survivesACancellationWithoutAFuture() {
        cancelled = null;
        CompletableFuture<Void> request = task.cancel();
        runCallbacks();
        assertThat(request.handle((ignored, thrown) -> thrown))
                .isCompletedWithValueMatching(NullPointerException.class::isInstance);
        assertThat(task.isDone()).isFalse();
    }

    @Test
    @DisplayName("a listener receives the last progress at once, later ones one at a time, and always the latest")
    void reportsProgress() {
        assertThat(task.progress()).isNull();
        source.progress(Progress.ofBytes(0, 4));
        List<Long> seen = new ArrayList<>();
        task.onProgress(progress -> {
            seen.add(progress.done());
            if (progress.done() == 1) {
                source.progress(Progress.ofBytes(2, 4));
                runCallbacks();
            }
        });
        runCallbacks();
        source.progress(Progress.ofBytes(1, 4));
        runCallbacks();
        source.progress(Progress.ofBytes(3, 4));
        source.progress(Progress.ofBytes(4, 4));
        runCallbacks();
        assertThat(seen).containsExactly(0L, 1L, 2L, 4L);

        source.complete("done");
        source.progress(Progress.ofBytes(5, 5));
        runCallbacks();
        assertThat(seen).endsWith(4L);
        assertThat(task.progress()).isEqualTo(Progress.ofBytes(4, 4));
    }

    @Test
    @DisplayName("a listener that throws harms neither the task nor other listeners")
    void survivesAListenerThatThrows() {
        List<Long> seen = new ArrayList<>();
        task.onProgress(progress -> {
                    throw new IllegalStateException("of the application");
                })
                .onProgress(progress -> seen.add(progress.done()));
        source.progress(Progress.ofBytes(1, 2));
        runCallbacks();
        source.progress(Progress.ofBytes(2, 2));
        runCallbacks();
        assertThat(seen).containsExactly(1L, 2L);
    }

    @Test
    @DisplayName("progress knows its share, unless there is no total")
    void knowsItsShare() {
        assertThat(Progress.ofBytes(1, 4).share()).hasValue(0.25);
        assertThat(Progress.ofBytes(5, 4).share()).hasValue(1);
        assertThat(Progress.ofBytes(0, 0).share()).isEmpty();
        assertThat(new Progress(7, null, Progress.Unit.UNITS, null)).hasToString("7 units");
        assertThat(Progress.ofSteps(1, 3, "opening the tray")).hasToString("opening the tray, 1 of 3 steps (33 %)");
        assertThat(Progress.ofBytes(29, 100)).hasToString("29 of 100 bytes (29 %)");
        assertThat(Progress.ofBytes(5, 4)).hasToString("5 of 4 bytes (100 %)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Progress.ofBytes(-1, 4))
                .withMessageContaining("done");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Progress.ofBytes(1, -4))
                .withMessageContaining("total");
    }

    @Test
    @DisplayName("a listener that is added while progress is reported receives the latest progress last")
    void addsAListenerDuringProgress() {
        for (int i = 0; i < 5000; i++) {
            TaskSource<String> reporting =
                    new TaskSource<>("backup of disk0", Runnable::run, () -> CompletableFuture.completedFuture(null));
            reporting.progress(Progress.ofBytes(1, 3));
            Queue<Progress> received = new ConcurrentLinkedQueue<>();
            CyclicBarrier together = new CyclicBarrier(2);
            CompletableFuture<Void> reports = CompletableFuture.runAsync(() -> {
                awaitBoth(together);
                reporting.progress(Progress.ofBytes(2, 3));
            });
            awaitBoth(together);
            reporting.task().onProgress(received::add);
            reports.join();

            assertThat(received).last().isEqualTo(Progress.ofBytes(2, 3));
            assertThat(received).doesNotHaveDuplicates();
        }
    }

    private static void awaitBoth(CyclicBarrier together) {
        try {
            together.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }
}

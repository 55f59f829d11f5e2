package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.NotSentException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Observers see each task of a client, with its kind, progress and outcome. */
class TaskObserverTests {

    @Test
    void eachObserverSeesTheTaskItsProgressAndItsOutcome() throws Exception {
        List<String> started = new ArrayList<>();
        List<Progress> progress = new ArrayList<>();
        List<Task<?>> tasks = new ArrayList<>();
        try (QmpClient client = QmpClient.builder("unix:/none")
                .taskObserver((vm, kind, task) -> {
                    throw new IllegalStateException("broken observer");
                })
                .taskObserver((vm, kind, task) -> {
                    started.add(vm.name() + " " + kind + " " + task.name());
                    task.onProgress(progress::add);
                    tasks.add(task);
                })
                .callbackExecutor(Runnable::run)
                .name("vm1")
                .build()) {
            TaskSource<String> source =
                    client.newTask("eject", "eject of cd0", () -> CompletableFuture.completedFuture(null));
            source.progress(Progress.ofSteps(1, 2, "opening the tray"));
            source.complete("done");
            assertThat(started).containsExactly("vm1 eject eject of cd0");
            assertThat(progress).containsExactly(Progress.ofSteps(1, 2, "opening the tray"));
            assertThat(tasks.get(0).result().get(10, TimeUnit.SECONDS)).isEqualTo("done");
            assertThat(source.task().await(Duration.ofSeconds(10))).isEqualTo("done");
        }
    }

    @Test
    void aCancellationWithinTheNotificationIsRefused() {
        List<CompletableFuture<?>> cancellations = new ArrayList<>();
        try (QmpClient client = QmpClient.builder("unix:/none")
                .taskObserver((vm, kind, task) -> cancellations.add(task.cancel()))
                .callbackExecutor(Runnable::run)
                .build()) {
            TaskSource<String> source = client.newTask("eject", "eject of cd0", () -> {
                throw new AssertionError("called before the task's code has it");
            });
            assertThat(cancellations.get(0))
                    .isCompletedExceptionally()
                    .failsWithin(Duration.ZERO)
                    .withThrowableOfType(ExecutionException.class)
                    .havingCause()
                    .isInstanceOf(IllegalStateException.class)
                    .withMessageContaining("within taskStarted()");
            assertThat(source.task().isDone()).isFalse();
        }
    }

    @Test
    void aCancellationBeforeTheCommandOfAnOperationFollowsIt() {
        List<Task<?>> tasks = new ArrayList<>();
        List<CompletableFuture<?>> cancellations = new ArrayList<>();
        List<String> issued = new ArrayList<>();
        try (QmpClient client = QmpClient.builder("unix:/none")
                .taskObserver((vm, kind, task) -> tasks.add(task))
                .commandObserver((vm, command) -> {
                    issued.add(command.name());
                    cancellations.add(tasks.get(0).cancel());
                    return failure -> {};
                })
                .callbackExecutor(Runnable::run)
                .build()) {
            Operation operation = Operation.of(
                            QmpCommand.of("blockdev-backup"),
                            EventFilter.named("BLOCK_JOB_COMPLETED"),
                            Duration.ofSeconds(10))
                    .cancelledBy(QmpCommand.of("block-job-cancel"));
            Task<QmpEvent> task = client.start(operation);
            assertThat(cancellations).singleElement().satisfies(accepted -> assertThat(accepted)
                    .succeedsWithin(Duration.ofSeconds(10)));
            assertThatExceptionOfType(NotSentException.class).isThrownBy(() -> task.await(Duration.ofSeconds(10)));
            assertThat(issued).as("a refused operation has nothing to cancel").containsExactly("blockdev-backup");
        }
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.NotSentException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Operation;
import dev.qmp.job.Job;
import dev.qmp.job.Jobs;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.migration.Migration;
import dev.qmp.power.Power;
import dev.qmp.qapi.type.RunState;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskSource;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

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

    static Stream<Function<QmpClient, Task<?>>> tasksThatEndWhenTheyAreCancelled() {
        return Stream.of(
                client -> Power.of(client).powerDown(),
                client -> Power.of(client).awaitStatus(Duration.ofSeconds(10), RunState.RUNNING),
                client -> Migration.of(client).send("tcp:127.0.0.1:1"));
    }

    @ParameterizedTest
    @MethodSource("tasksThatEndWhenTheyAreCancelled")
    void aCancellationBeforeTheTaskIsCreatedEndsIt(Function<QmpClient, Task<?>> start) {
        List<CompletableFuture<?>> cancellations = new ArrayList<>();
        try (QmpClient client = QmpClient.builder("unix:/none").build()) {
            Task<?> task = start.apply(cancelling(client, cancellations));
            assertThatExceptionOfType(TaskCancelledException.class)
                    .isThrownBy(() -> task.await(Duration.ofSeconds(10)));
            assertThat(cancellations).singleElement().satisfies(accepted -> assertThat(accepted)
                    .succeedsWithin(Duration.ofSeconds(10)));
        }
    }

    @Test
    void aCancellationBeforeTheCommandOfAJobFollowsIt() {
        List<CompletableFuture<?>> cancellations = new ArrayList<>();
        try (ScriptedServer server = ScriptedServer.start();
                QmpClient client = QmpClient.builder(server.endpoint())
                        .disconnectTimeout(Duration.ofMillis(50))
                        .build()) {
            Peer peer = server.connect(client);
            Job job = Jobs.of(cancelling(client, cancellations))
                    .start(QmpCommand.of("blockdev-backup", Map.of("job-id", "job0")));
            ObjectNode started = peer.hear("blockdev-backup");
            ObjectNode cancelled = peer.hear("block-job-cancel");
            peer.answer(started, "{}").answer(cancelled, "{}");
            assertThat(cancellations).singleElement().satisfies(accepted -> assertThat(accepted)
                    .succeedsWithin(Duration.ofSeconds(10)));
            assertThat(job.isDone()).isFalse();
        }
    }

    /** {@return a client that cancels each task before it returns it, as an observer with a thread of its own can} */
    private static QmpClient cancelling(QmpClient client, List<CompletableFuture<?>> cancellations) {
        return (QmpClient) Proxy.newProxyInstance(
                QmpClient.class.getClassLoader(), new Class<?>[] {QmpClient.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(client, arguments);
                    if (result instanceof TaskSource<?> source) {
                        cancellations.add(source.task().cancel());
                    }
                    return result;
                });
    }
}

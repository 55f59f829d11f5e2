package dev.qmp.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.CommandPolicy;
import dev.qmp.QmpClient;
import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.NotSentException;
import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.type.RunState;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingDeque;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Power of an embedded machine, which ignores its power button. */
@Timeout(30)
class PowerTests {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0")
            .handler("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)))
            .handler("system_powerdown", CommandHandler.returning(Map.of()))
            .start();
    private QmpClient vm = QmpClient.builder(server.endpoint()).build();

    @AfterEach
    void close() {
        vm.close();
        server.close();
    }

    @Test
    void refusesToKillAnUnknownProcess() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Power.of(vm).powerDown(PowerLadder.none().kill()))
                .withMessageContaining("ladder")
                .withMessageContaining("adopt");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Power.of(vm).powerDown(PowerLadder.none()))
                .withMessageContaining("ladder must have a step");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PowerLadder.none().ask(Duration.ZERO))
                .withMessageContaining("limit must be positive");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Power.of(vm).awaitStatus(LIMIT))
                .withMessageContaining("wanted");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Power.of(vm).awaitStatus(Duration.ZERO, RunState.PAUSED))
                .withMessageContaining("limit must be positive");
    }

    @Test
    void failsAtOnceWithoutASession() {
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> Power.of(vm).powerDown().await(LIMIT));
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(
                        () -> Power.of(vm).awaitStatus(LIMIT, RunState.PAUSED).await(LIMIT));
    }

    /** A refusal that arrives after the cancellation would otherwise lead to the next step at once. */
    @Test
    void endsTheLadderWhenItIsCancelled() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        server.handle(
                "system_powerdown",
                CommandHandler.rejecting("GenericError", "not now").after(cancelled));
        BlockingDeque<Runnable> callbacks = new LinkedBlockingDeque<>();
        useCallbackExecutor(callbacks::add);
        Task<PowerOff> task =
                Power.of(vm).powerDown(PowerLadder.none().ask(LIMIT).quit(LIMIT));
        server.awaitReceived("system_powerdown", LIMIT);
        task.cancel();
        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> task.await(LIMIT));
        assertThat(task.progress().phase()).isEqualTo("ask");

        cancelled.countDown();
        CompletableFuture<RunState> later = Power.of(vm).status(); // its reply follows the refusal
        while (!later.isDone()) {
            callbacks.take().run();
        }
        vm.blocking().execute("query-status"); // would follow the next step
        assertThat(server.received()).extracting(QmpCommand::name).doesNotContain("quit");
    }

    @Test
    void doesNotKnowTheOutcomeAfterADisconnect() throws Exception {
        vm.blocking().connect();
        Task<PowerOff> task = Power.of(vm).powerDown(PowerLadder.none().ask(LIMIT));
        Task<RunState> paused = Power.of(vm).awaitStatus(LIMIT, RunState.PAUSED);
        server.awaitReceived("system_powerdown", LIMIT);
        vm.blocking().disconnect();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(LIMIT))
                .withMessageContaining("disconnected");
        assertSessionEnded(paused);
    }

    private void assertSessionEnded(Task<?> task) {
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> task.await(LIMIT))
                .withMessageContaining("session ended");
    }

    @Test
    void aQueryThatFailsBeforeTheSignalOfTheSessionsEndIsTheSameOutcome() {
        server.handle("query-status", CommandHandler.hangingUp());
        useCallbackExecutor(Runnable::run); // the query fails first
        assertSessionEnded(Power.of(vm).awaitStatus(LIMIT, RunState.PAUSED));
    }

    @Test
    void aQueryAfterTheEndOfTheSessionIsTheSameOutcome() throws Exception {
        BlockingDeque<Runnable> callbacks = new LinkedBlockingDeque<>();
        useCallbackExecutor(callbacks::add);
        Task<RunState> paused = Power.of(vm).awaitStatus(LIMIT, RunState.PAUSED, RunState.PAUSED);
        while (paused.progress() == null) {
            callbacks.take().run();
        }
        vm.blocking().disconnect();
        Awaitility.await()
                .atMost(LIMIT)
                .until(() -> callbacks.size() >= 2); // the signal of the end, and the next query
        while (!paused.isDone()) {
            callbacks.takeLast().run();
        }
        assertSessionEnded(paused);
    }

    @Test
    void anAnswerThatArrivedBeforeTheEndOfTheSessionCounts() throws Exception {
        BlockingDeque<Runnable> callbacks = new LinkedBlockingDeque<>();
        useCallbackExecutor(callbacks::add);
        Task<RunState> running = Power.of(vm).awaitStatus(LIMIT, RunState.RUNNING);
        vm.blocking().disconnect(); // after the answer
        while (!running.isDone()) {
            callbacks.takeLast().run(); // the signal of the end before the answer
        }
        assertThat(running.await(LIMIT)).isEqualTo(RunState.RUNNING);
    }

    private void useCallbackExecutor(Executor executor) {
        vm.close();
        vm = QmpClient.builder(server.endpoint()).callbackExecutor(executor).build();
        vm.blocking().connect();
    }

    @Test
    void aRefusedStepLeadsToTheNextAtOnce() {
        vm.close();
        vm = QmpClient.builder(server.endpoint())
                .commandPolicy(CommandPolicy.of(List.of("query-*"), List.of()))
                .build();
        vm.blocking().connect();
        Task<PowerOff> task = Power.of(vm)
                .powerDown(PowerLadder.none().ask(Duration.ofMinutes(5)).quit(Duration.ofMinutes(5)));
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> task.await(LIMIT))
                .withMessageContaining("not off after 2 steps")
                .withCauseInstanceOf(CommandRefusedException.class);
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The tasks of the callback executor that completions take, in a session and without one. No task runs by itself. */
class CompletionTasksTests extends OnScriptedServer {

    private static final List<String> NAMES = List.of("first", "second", "third");

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private volatile boolean holding;

    private void connectAndHold() {
        connect(builder -> builder.callbackExecutor(task -> {
            if (holding) {
                tasks.add(task);
            } else {
                task.run();
            }
        }));
        holding = true;
    }

    private List<CompletableFuture<?>> issueThree() {
        return NAMES.stream().<CompletableFuture<?>>map(client::execute).toList();
    }

    private void runTasks(List<CompletableFuture<?>> outcomes) {
        holding = false;
        tasks.forEach(Runnable::run);
        assertThat(outcomes).allMatch(CompletableFuture::isDone);
    }

    @Test
    @DisplayName("in a session completions share a task, and become tasks of their own if it does not run")
    void inASession() {
        connectAndHold();
        List<CompletableFuture<?>> outcomes = issueThree();
        NAMES.forEach(name -> peer.answer(peer.hear(name), "{}"));
        await().untilAsserted(() ->
                assertThat(tasks).as("two batches, or one, and the rest").hasSize(4));
        runTasks(outcomes);
    }

    @Test
    @DisplayName("G1 when the session ends, each completion is a task of its own")
    void atTheEndOfASession() {
        connectAndHold();
        List<CompletableFuture<?>> outcomes = issueThree();
        NAMES.forEach(peer::hear);
        peer.close();
        awaitIdle();
        await().until(() -> tasks.size() >= 3);
        assertThat(tasks).hasSize(3);
        runTasks(outcomes);
    }

    @Test
    @DisplayName("G1 without a session each completion is a task of its own, also after an earlier session")
    void withoutASession() {
        connectAndHold();
        peer.close();
        awaitIdle();
        List<CompletableFuture<?>> outcomes = issueThree();
        await().until(() -> tasks.size() >= 3);
        assertThat(tasks).hasSize(3);
        runTasks(outcomes);
    }
}

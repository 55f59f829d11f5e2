package dev.qmp;

import dev.qmp.task.Task;

/**
 * Observes each task of a client from its start, for metrics, traces and notifications. {@link Task#onProgress} and
 * {@link Task#result()} give it the task's progress and outcome.
 */
@FunctionalInterface
public interface TaskObserver {

    /**
     * Called when a task starts, on the starting thread, so it must be quick. A failure is logged, and does not affect
     * the task. Until all observers were called, {@link Task#cancel()} fails with {@link IllegalStateException}.
     *
     * @param client the client of the task's machine
     * @param kind the kind of the task, such as {@code backup}; it has few different values, so it suits names of
     *     metrics
     * @param task the task; {@link Task#name()} also names its subject
     */
    void taskStarted(QmpClient client, String kind, Task<?> task);
}

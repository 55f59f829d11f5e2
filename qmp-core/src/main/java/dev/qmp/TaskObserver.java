package dev.qmp;

import dev.qmp.task.Task;

/**
 * Follows every task of a client from its start, for metrics, traces and notifications. It follows the task's progress
 * and outcome by {@link Task#onProgress} and {@link Task#result()}.
 */
@FunctionalInterface
public interface TaskObserver {

    /**
     * A task was started. Called on the starting thread, so it must be quick. What it throws is logged, and does not
     * affect the task.
     *
     * @param client the client of the task's machine
     * @param kind what kind of task it is, such as {@code backup}; of few different values, for names of metrics
     * @param task the task; {@link Task#name()} also names its subject
     */
    void taskStarted(QmpClient client, String kind, Task<?> task);
}

package dev.qmp.task;

import java.util.Objects;

/**
 * The task was cancelled, by this program or another, and the machine confirmed that it has stopped. If the task only
 * waits, such as for a power down, the wait has ended, and the machine was not asked.
 */
public class TaskCancelledException extends TaskException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception; the name is {@link Task#name()}. */
    public TaskCancelledException(String taskName) {
        super(Objects.requireNonNull(taskName, "taskName"), "was cancelled", null);
    }
}

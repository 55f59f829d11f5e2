package dev.qmp.task;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The task was started, and its outcome is not known: the session ended, the machine crashed, or the task disappeared
 * from the machine. It may still run, have succeeded or have failed. Query the machine before you start the task again.
 */
public class TaskOutcomeUnknownException extends TaskException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param taskName {@link Task#name()}
     * @param detail why the outcome is not known, as a sentence without its full stop
     * @param cause the deeper cause; null if there is none
     */
    public TaskOutcomeUnknownException(String taskName, String detail, @Nullable Throwable cause) {
        super(
                Objects.requireNonNull(taskName, "taskName"),
                "has an unknown outcome: " + Objects.requireNonNull(detail, "detail"),
                cause);
    }
}

package dev.qmp.task;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The wait for a task ended before the task. The task goes on, and can be awaited again or cancelled. */
public class TaskWaitException extends TaskException {

    private static final long serialVersionUID = 1L;

    private final boolean interrupted;
    private final @Nullable Progress progress;

    private TaskWaitException(String taskName, String detail, boolean interrupted, @Nullable Progress progress) {
        super(taskName, detail + (progress == null ? "" : "; its progress: " + progress), null);
        this.interrupted = interrupted;
        this.progress = progress;
    }

    /** {@return the exception for a limit that has passed} */
    public static TaskWaitException timedOut(Task<?> task, Duration limit) {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(limit, "limit");
        return new TaskWaitException(
                task.name(), "was not done within " + limit.toMillis() + " ms, and goes on", false, task.progress());
    }

    /** {@return the exception for a thread that was interrupted} */
    public static TaskWaitException interrupted(Task<?> task) {
        Objects.requireNonNull(task, "task");
        return new TaskWaitException(
                task.name(),
                "was not done when the waiting thread was interrupted, and goes on",
                true,
                task.progress());
    }

    /** {@return whether the thread was interrupted; otherwise the limit passed} */
    public boolean isInterrupted() {
        return interrupted;
    }

    /** {@return the task's last progress at the end of the wait; null if there was none} */
    public @Nullable Progress progress() {
        return progress;
    }
}

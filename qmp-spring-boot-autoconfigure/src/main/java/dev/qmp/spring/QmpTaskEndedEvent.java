package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * A task on a machine ended: by success, by a failure, or with an unknown outcome. It is the last event of its task.
 */
public non-sealed class QmpTaskEndedEvent extends QmpTaskEvent {

    private static final long serialVersionUID = 1L;

    private final @Nullable Throwable failure;

    /** Creates the event. */
    public QmpTaskEndedEvent(QmpClient client, String kind, Task<?> task, @Nullable Throwable failure) {
        super(client, kind, task);
        this.failure = failure;
    }

    /** {@return the task's failure, null if it succeeded} */
    public @Nullable Throwable getFailure() {
        return failure;
    }

    @Override
    public String getDescription() {
        return "the end of a task, " + getKind();
    }
}

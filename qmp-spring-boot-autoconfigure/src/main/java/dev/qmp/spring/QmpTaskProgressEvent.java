package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;

/** A task on a machine made progress. */
public non-sealed class QmpTaskProgressEvent extends QmpTaskEvent {

    private static final long serialVersionUID = 1L;

    private final transient Progress progress;

    /** Creates the event. */
    public QmpTaskProgressEvent(QmpClient client, String kind, Task<?> task, Progress progress) {
        super(client, kind, task);
        this.progress = progress;
    }

    /** {@return how far the task is} */
    public Progress getProgress() {
        return progress;
    }

    @Override
    public String getDescription() {
        return "the progress of a task, " + getKind();
    }
}

package dev.qmp.spring;

import dev.qmp.QmpClient;
import dev.qmp.task.Task;

/**
 * A task on a machine made progress or ended. Events of one task are published in order, on the callback executor of
 * the client. By default its threads are no event loops, so a listener may wait. With the callback executor {@code
 * Runnable::run}, listeners run on an event loop and must not wait. The order among task events and other events of the
 * connection is undefined. The progress of a task that is quicker than its listeners is merged: the latest one is
 * published.
 */
public abstract sealed class QmpTaskEvent extends QmpConnectionEvent permits QmpTaskProgressEvent, QmpTaskEndedEvent {

    private static final long serialVersionUID = 1L;

    private final String kind;
    private final transient Task<?> task;

    QmpTaskEvent(QmpClient client, String kind, Task<?> task) {
        super(client, client.name());
        this.kind = kind;
        this.task = task;
    }

    /** {@return what kind of task it is, such as {@code blockdev-backup}} */
    public String getKind() {
        return kind;
    }

    /** {@return the task; a listener may cancel it} */
    public Task<?> getTask() {
        return task;
    }
}

package dev.qmp.spring.observation;

import dev.qmp.QmpClient;
import dev.qmp.task.Task;
import io.micrometer.observation.Observation;

/** The context of a task's observation. */
public class QmpTaskObservationContext extends Observation.Context {

    private final QmpClient client;
    private final String kind;
    private final Task<?> task;

    /** Creates the context of one task. */
    public QmpTaskObservationContext(QmpClient client, String kind, Task<?> task) {
        this.client = client;
        this.kind = kind;
        this.task = task;
    }

    /** {@return the client of the task's machine} */
    public QmpClient getClient() {
        return client;
    }

    /** {@return what kind of task it is, such as {@code blockdev-backup}} */
    public String getKind() {
        return kind;
    }

    /** {@return the task} */
    public Task<?> getTask() {
        return task;
    }
}

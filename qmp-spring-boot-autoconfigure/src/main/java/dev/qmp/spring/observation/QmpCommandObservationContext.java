package dev.qmp.spring.observation;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import io.micrometer.observation.Observation;

/** What is known of a command while it is observed. */
public class QmpCommandObservationContext extends Observation.Context {

    private final QmpClient client;
    private final QmpCommand command;
    private volatile boolean completed;

    /** Creates the context of one command. */
    public QmpCommandObservationContext(QmpClient client, QmpCommand command) {
        this.client = client;
        this.command = command;
    }

    /** {@return the client that executes the command} */
    public QmpClient getClient() {
        return client;
    }

    /** {@return the command; its arguments may be secrets} */
    public QmpCommand getCommand() {
        return command;
    }

    /** {@return whether the command has its outcome: no error then means success} */
    public boolean isCompleted() {
        return completed;
    }

    /** Sets whether the command has an outcome. */
    public void setCompleted(boolean completed) {
        this.completed = completed;
    }
}

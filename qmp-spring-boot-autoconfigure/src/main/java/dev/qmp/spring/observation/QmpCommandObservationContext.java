package dev.qmp.spring.observation;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import io.micrometer.observation.Observation;

/** The context of a command's observation. */
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

    /** {@return whether the command has an outcome; if it has and there is no error, the command succeeded} */
    public boolean isCompleted() {
        return completed;
    }

    /** Sets whether the command has an outcome. */
    public void setCompleted(boolean completed) {
        this.completed = completed;
    }
}

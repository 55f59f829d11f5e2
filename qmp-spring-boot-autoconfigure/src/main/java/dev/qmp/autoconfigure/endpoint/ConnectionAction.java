package dev.qmp.autoconfigure.endpoint;

import dev.qmp.QmpClient;

/** An action of the endpoint on one connection. */
public enum ConnectionAction {

    /** Begins, or resumes, the attempts to connect: {@link QmpClient#start()}. */
    START,

    /** Ends the session and all attempts: {@link QmpClient#disconnect()}. */
    STOP,

    /**
     * Ends the session, and connects again. It also accepts another machine than before, because an operator
     * requested it.
     */
    RECONNECT;

    void perform(QmpClient client) {
        switch (this) {
            case START -> client.start();
            case STOP -> client.disconnect();
            case RECONNECT -> client.disconnect().whenComplete((nothing, failure) -> client.start());
        }
    }
}

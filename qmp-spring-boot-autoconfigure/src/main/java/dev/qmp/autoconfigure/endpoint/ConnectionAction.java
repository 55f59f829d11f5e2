package dev.qmp.autoconfigure.endpoint;

import dev.qmp.QmpClient;

/** What the endpoint can do to one connection. */
public enum ConnectionAction {

    /** Begins, or resumes, the attempts to connect: {@link QmpClient#start()}. */
    START,

    /** Ends the session and all attempts: {@link QmpClient#disconnect()}. */
    STOP,

    /** Ends the session, and connects again: also to another machine than before, because it was asked for. */
    RECONNECT;

    void perform(QmpClient client) {
        switch (this) {
            case START -> client.start();
            case STOP -> client.disconnect();
            case RECONNECT -> client.disconnect().whenComplete((nothing, failure) -> client.start());
        }
    }
}

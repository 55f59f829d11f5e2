package dev.qmp.autoconfigure.endpoint;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.ClientStarter;

/** An action of the endpoint on one connection. */
public enum ConnectionAction {

    /** Begins, or resumes, the attempts to connect: {@link ClientStarter#start}. */
    START,

    /** Ends the session and all attempts: {@link QmpClient#disconnect()}. */
    STOP,

    /**
     * Ends the session, and then does the same as {@link #START}. It also accepts another machine than before, because
     * an operator requested it.
     */
    RECONNECT;

    void perform(String name, QmpClient client, ClientStarter starter) {
        switch (this) {
            case START -> starter.start(name, client);
            case STOP -> client.disconnect();
            case RECONNECT -> client.disconnect().whenComplete((nothing, failure) -> starter.start(name, client));
        }
    }
}

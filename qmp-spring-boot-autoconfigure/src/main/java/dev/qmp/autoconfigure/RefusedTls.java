package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Starts a client again after its bundle was reloaded, if the old certificates were refused. If an attempt with the
 * old certificates is under way, its result decides. Other clients are not started: a disconnect on purpose stays in
 * effect.
 */
final class RefusedTls {

    private final QmpClient client;
    private final Runnable retry;
    private final AtomicBoolean decided = new AtomicBoolean();
    private volatile Registration listening = () -> {};

    private RefusedTls(QmpClient client, Runnable retry) {
        this.client = client;
        this.retry = retry;
    }

    /**
     * Starts the client again if its last attempt has failed in the TLS phase. If an attempt is under way, this is
     * decided when that attempt has ended.
     */
    static void retry(QmpClient client, Runnable retry) {
        new RefusedTls(client, retry).begin();
    }

    private void begin() {
        listening = client.addRunstateListener(change -> decideIn(change.current()));
        decideIn(client.runstate());
        if (decided.get()) {
            listening.close(); // the decision may have come before this field was assigned
        }
    }

    private void decideIn(Runstate runstate) {
        boolean underWay = runstate == Runstate.CONNECTING || runstate == Runstate.DISCONNECTING;
        if (underWay || !decided.compareAndSet(false, true)) {
            return;
        }
        listening.close();
        if (isRefused(client.status())) {
            retry.run();
        }
    }

    private static boolean isRefused(QmpClientStatus status) {
        return status.runstate() == Runstate.IDLE
                && status.lastError() instanceof QmpConnectException refused
                && refused.phase() == ConnectPhase.TLS;
    }
}

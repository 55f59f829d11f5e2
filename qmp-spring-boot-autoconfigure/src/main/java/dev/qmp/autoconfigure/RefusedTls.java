package dev.qmp.autoconfigure;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets a client connect again after its bundle was reloaded, if the old certificates were refused. If an attempt with
 * the old certificates is under way, its result decides. Other clients are not started: a disconnect on purpose stays
 * in effect.
 */
final class RefusedTls {

    private final QmpClient client;
    private final Runnable attempt;
    private final Runnable restart;
    private final AtomicBoolean decided = new AtomicBoolean();
    private volatile Registration listening = () -> {};

    private RefusedTls(QmpClient client, Runnable attempt, Runnable restart) {
        this.client = client;
        this.attempt = attempt;
        this.restart = restart;
    }

    /**
     * Lets the client connect if a certificate may have made its last attempt fail. If an attempt is under way, this is
     * decided when that attempt has ended.
     *
     * @param attempt runs if the client waits for its next attempt; it leads to {@link #attemptNow}
     * @param restart runs if the client makes no more attempts
     */
    static void retry(QmpClient client, Runnable attempt, Runnable restart) {
        new RefusedTls(client, attempt, restart).begin();
    }

    /**
     * Makes an attempt before the delay of a client ends, unless another failure has followed. The delay goes on.
     */
    static void attemptNow(QmpClient client) {
        QmpClientStatus status = client.status();
        if (isRefused(client, status) && status.reconnecting()) {
            client.reconnectNow();
        }
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
        QmpClientStatus status = client.status();
        if (isRefused(client, status)) {
            (status.reconnecting() ? attempt : restart).run();
        }
    }

    private static boolean isRefused(QmpClient client, QmpClientStatus status) {
        return status.runstate() == Runstate.IDLE
                && status.lastError() instanceof QmpConnectException failure
                && (failure.phase() == ConnectPhase.TLS || isInsteadOfGreeting(client, failure));
    }

    /** With TLS 1.3, the machine refuses the client's certificate after the handshake: the greeting does not come. */
    private static boolean isInsteadOfGreeting(QmpClient client, QmpConnectException failure) {
        return failure.phase() == HandshakePhase.GREETING
                && failure.isRetryable()
                && client.options().protocol().tls() != null;
    }
}

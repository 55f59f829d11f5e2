package dev.qmp.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.util.concurrent.CompletableFuture;

/** One protocol object that dials. The test refuses, delays or accepts the connection. */
abstract class OnManualDial extends OnManualLoops {

    final RuntimeException refused =
            new QmpConnectException(ConnectPhase.TRANSPORT, true, "cannot connect to tcp:peer:4444: refused", null);

    CompletableFuture<Void> connecting() {
        CompletableFuture<Void> connected = probe.connect(PEER);
        loops.run();
        return connected;
    }

    QmpConnectException connectFailure(CompletableFuture<?> connected) {
        assertThat(connected).isCompletedExceptionally();
        assertIdle();
        return (QmpConnectException) failureOf(connected);
    }

    void neverEstablishes() {
        probe.establishing = CompletableFuture::new;
    }
}

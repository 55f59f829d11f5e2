package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import java.nio.file.Files;
import java.time.Duration;

/** The connection of a discovered socket. Used by one thread at a time. */
final class DiscoveredSocket {

    private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

    private final SocketFile file;
    private final QmpClient client;
    private final Runnable start;
    private Duration delay = Duration.ZERO;
    private long resumed = System.nanoTime();

    /**
     * Creates the connection of a socket.
     *
     * @param start starts the client again
     */
    DiscoveredSocket(SocketFile file, QmpClient client, Runnable start) {
        this.file = file;
        this.client = client;
        this.start = start;
    }

    SocketFile file() {
        return file;
    }

    QmpClient client() {
        return client;
    }

    /**
     * Starts the client again if it could not reach the socket: the socket may have been found before its
     * permissions were set. The delay grows, because the cause may also be a different one.
     */
    void resume() {
        if (hasStopped(client.status())
                && Files.isWritable(file.path())
                && System.nanoTime() - resumed >= delay.toNanos()) {
            resumed = System.nanoTime();
            delay = delay.isZero() ? Duration.ofSeconds(1) : shorter(delay.multipliedBy(2), LONGEST_DELAY);
            start.run();
        }
    }

    private static boolean hasStopped(QmpClientStatus status) {
        return status.runstate() == Runstate.IDLE
                && !status.reconnecting()
                && status.lastError() instanceof QmpConnectException failure
                && failure.phase() == ConnectPhase.TRANSPORT
                && !failure.isRetryable();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}

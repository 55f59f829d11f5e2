package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.QmpClientStatus;
import dev.qmp.ReconnectState;
import dev.qmp.error.Text;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A client in the registry, with what the registry and the lifecycle need. Its options are read from the client,
 * because customizers and the application's own code have set some of them.
 *
 * @param name the connection's name
 * @param client the client
 * @param autoStartup whether it connects when the application starts
 * @param failFast whether the application's start fails without its session
 * @param reachableFrom the labels of the instances of a fleet that can reach the machine; empty for all
 * @param canonical the endpoint in the form that is equal for all spellings of one address; null for a mock
 */
record ManagedClient(
        String name,
        QmpClient client,
        boolean autoStartup,
        boolean failFast,
        List<String> reachableFrom,
        @Nullable Endpoint canonical) {

    private static final SafeLog LOGGER = SafeLog.of(ManagedClient.class);

    /**
     * Extra time of a fail-fast start, so that the attempt's own deadline, which has the better message, expires
     * first.
     */
    private static final Duration GRACE = Duration.ofMillis(500);

    /** {@return a client that the registry created} Reads the file system. */
    static ManagedClient of(QmpConnectionSettings settings, QmpClient client) {
        return new ManagedClient(
                settings.name(),
                client,
                settings.isAutoStartup(),
                settings.isFailFast(),
                settings.reachableFrom(),
                settings.endpoint().canonical());
    }

    /** {@return a client that the application created} Reads the file system. */
    static ManagedClient adopted(QmpClient client, boolean autoStartup) {
        @Nullable Endpoint endpoint = client.endpoint(); // null for a mock
        return new ManagedClient(
                client.name(), client, autoStartup, false, List.of(), endpoint == null ? null : endpoint.canonical());
    }

    /**
     * Disconnects the client.
     *
     * @return always completes normally, so that a failing client, such as one of the application's own, does not
     *     affect the others
     */
    CompletableFuture<Void> disconnect() {
        try {
            return client.disconnect().exceptionally(failure -> null);
        } catch (RuntimeException e) {
            LOGGER.warn("QMP connection '" + Text.printable(name) + "' failed to disconnect", e);
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Closes the client. A failure is logged, so that it does not affect the others. */
    void close() {
        try {
            client.close();
        } catch (RuntimeException e) {
            LOGGER.warn("QMP connection '" + Text.printable(name) + "' failed to close", e);
        }
    }

    private QmpClientOptions options() {
        @Nullable QmpClientOptions options = client.options(); // null for a mock
        return options == null ? QmpClientOptions.DEFAULTS : options;
    }

    /**
     * {@return whether a session is wanted, because of a start or of a caller's own attempt} {@code start()}
     * can return before the reconnect state changes. A failure counts as false, so that it does not affect the others.
     */
    boolean isStarted() {
        try {
            @Nullable QmpClientStatus status = client.status(); // null for a mock
            return status != null && (status.reconnecting() || status.reconnectState() != ReconnectState.STOPPED);
        } catch (RuntimeException e) {
            LOGGER.warn("QMP connection '" + Text.printable(name) + "' failed to return its status", e);
            return false;
        }
    }

    /** {@return whether the machine dials} */
    boolean listens() {
        return options().mode() == ConnectMode.LISTEN;
    }

    /** {@return how long a fail-fast start waits for the session} */
    Duration startTimeout() {
        return options()
                .protocol()
                .connectTimeout()
                .plus(options().protocol().handshakeTimeout())
                .plus(GRACE);
    }

    /** {@return how long a disconnect waits for the commands under way, and again for the close} */
    Duration disconnectTimeout() {
        return options().protocol().disconnectTimeout();
    }

    /** {@return the deadline of a command that has none of its own} */
    Duration commandTimeout() {
        return options().commandTimeout();
    }

    /** {@return the bounds of the event publisher's subscription} */
    ListenerOptions listenerOptions() {
        return ListenerOptions.DEFAULTS.withCapacity(options().eventCapacity());
    }
}

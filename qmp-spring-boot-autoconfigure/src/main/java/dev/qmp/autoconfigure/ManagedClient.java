package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client in the registry, with what the registry and the lifecycle need.
 *
 * @param name the connection's name
 * @param client the client
 * @param autoStartup whether it connects when the application starts
 * @param failFast whether the application's start fails without its session
 * @param mode connect or listen
 * @param startTimeout how long a fail-fast start waits for the session
 * @param disconnectTimeout the maximum time of a disconnect
 * @param listenerOptions the bounds of the event publisher's subscription
 * @param reachableFrom the labels of the instances of a fleet that can reach the machine; empty for all
 * @param commandTimeout the deadline of a command that has none of its own
 * @param canonical the endpoint in the form that is equal for all spellings of one address; null for a mock
 */
record ManagedClient(
        String name,
        QmpClient client,
        boolean autoStartup,
        boolean failFast,
        ConnectMode mode,
        Duration startTimeout,
        Duration disconnectTimeout,
        ListenerOptions listenerOptions,
        List<String> reachableFrom,
        Duration commandTimeout,
        @Nullable Endpoint canonical) {

    /** The library's default. */
    static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);

    /** {@return a client that the registry created} Reads the file system. */
    static ManagedClient of(QmpConnectionSettings settings, QmpClient client) {
        return new ManagedClient(
                settings.name(),
                client,
                settings.isAutoStartup(),
                settings.isFailFast(),
                settings.mode(),
                settings.startTimeout(),
                settings.disconnectTimeout(),
                settings.listenerOptions(),
                settings.reachableFrom(),
                settings.commandTimeout(),
                settings.endpoint().canonical());
    }

    /** {@return a client that the application created, with defaults for what is unknown} Reads the file system. */
    static ManagedClient adopted(QmpClient client, boolean autoStartup) {
        @Nullable Endpoint endpoint = client.endpoint(); // null for a mock
        return new ManagedClient(
                client.name(),
                client,
                autoStartup,
                false,
                ConnectMode.CONNECT,
                Duration.ZERO,
                Duration.ofSeconds(5),
                ListenerOptions.DEFAULTS,
                List.of(),
                COMMAND_TIMEOUT,
                endpoint == null ? null : endpoint.canonical());
    }

    /** {@return whether the machine dials} */
    boolean listens() {
        return mode == ConnectMode.LISTEN;
    }
}

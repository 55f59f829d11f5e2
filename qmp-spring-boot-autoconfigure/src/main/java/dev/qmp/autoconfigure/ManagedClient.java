package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client in the registry, with what the registry and the lifecycle must know of it.
 *
 * @param name the connection's name
 * @param client the client
 * @param autoStartup whether it is connected when the application starts
 * @param failFast whether the application does not start without it
 * @param mode which side dials
 * @param startTimeout how long the application's start waits for it, if it does
 * @param disconnectTimeout how long its disconnect may take
 * @param listenerOptions the bounds of its listeners
 * @param reachableFrom the labels of the instances of a fleet that can reach the machine; empty for all
 * @param commandTimeout the deadline of a command that has none of its own
 * @param canonical where its machine is, in the form that is equal for every spelling of one address; null for a mock
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

    /** {@return a client of the registry's own} Reads the file system. */
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

    /** {@return a client that the application made: how it was built is its own affair} Reads the file system. */
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

    /** {@return whether the machine is awaited} */
    boolean listens() {
        return mode == ConnectMode.LISTEN;
    }
}

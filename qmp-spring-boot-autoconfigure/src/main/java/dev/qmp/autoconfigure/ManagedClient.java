package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.event.ListenerOptions;
import java.time.Duration;

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
 */
record ManagedClient(
        String name,
        QmpClient client,
        boolean autoStartup,
        boolean failFast,
        ConnectMode mode,
        Duration startTimeout,
        Duration disconnectTimeout,
        ListenerOptions listenerOptions) {

    static ManagedClient of(QmpConnectionSettings settings, QmpClient client) {
        return new ManagedClient(
                settings.name(),
                client,
                settings.isAutoStartup(),
                settings.isFailFast(),
                settings.mode(),
                settings.startTimeout(),
                settings.disconnectTimeout(),
                settings.listenerOptions());
    }

    /** {@return a client that the application made: how it was built is its own affair} */
    static ManagedClient adopted(QmpClient client, boolean autoStartup) {
        return new ManagedClient(
                client.name(),
                client,
                autoStartup,
                false,
                ConnectMode.CONNECT,
                Duration.ZERO,
                Duration.ofSeconds(5),
                ListenerOptions.DEFAULTS);
    }

    /** {@return whether the machine is awaited} */
    boolean listens() {
        return mode == ConnectMode.LISTEN;
    }
}

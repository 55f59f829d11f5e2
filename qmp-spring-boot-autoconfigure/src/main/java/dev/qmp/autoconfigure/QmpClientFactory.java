package dev.qmp.autoconfigure;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.TlsOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/** Builds clients of properties, connection details and customizers. Checks the whole configuration when it is made. */
final class QmpClientFactory {

    private final QmpProperties properties;
    private final QmpClientResources resources;
    private final @Nullable QmpConnectionDetails details;
    private final SslBundleTls tls;
    private final List<QmpClientBuilderCustomizer> customizers;
    private final @Nullable CommandObserver observer;
    private final Map<String, QmpConnectionSettings> settings = new ConcurrentHashMap<>();

    QmpClientFactory(
            QmpProperties properties,
            QmpClientResources resources,
            ObjectProvider<QmpConnectionDetails> details,
            SslBundleTls tls,
            ObjectProvider<QmpClientBuilderCustomizer> customizers,
            ObjectProvider<CommandObserver> observer) {
        this.properties = properties;
        this.resources = resources;
        this.details = details.getIfAvailable();
        this.tls = tls;
        this.customizers = customizers.orderedStream().toList();
        this.observer = observer.getIfAvailable();
        check();
    }

    private void check() {
        Map<String, QmpConnectionSettings> primaries = new LinkedHashMap<>();
        properties.getConnection().forEach((name, connection) -> {
            QmpConnectionSettings checked = resolve(name, connection);
            if (checked.isPrimary()) {
                primaries.put(name, checked);
            }
        });
        if (primaries.size() > 1) {
            throw new InvalidQmpPropertyException(
                    "qmp.connection." + List.copyOf(primaries.keySet()).get(1) + ".primary",
                    true,
                    "several connections are primary: " + primaries.keySet(),
                    "true for at most one connection");
        }
    }

    QmpConnectionSettings settings(String name) {
        QmpConnectionSettings known = settings.get(name);
        if (known == null) {
            throw new IllegalArgumentException("there is no QMP connection '" + name + "'");
        }
        return known;
    }

    boolean knows(String name) {
        return settings.containsKey(name);
    }

    void forget(String name) {
        settings.remove(name);
    }

    QmpClient createConfigured(String name) {
        QmpConnectionProperties connection = properties.getConnection().get(name);
        if (connection == null) {
            throw new IllegalArgumentException("there is no property qmp.connection." + name);
        }
        return build(resolve(name, connection));
    }

    QmpClient create(String name, QmpConnectionProperties connection) {
        return build(resolve(name, connection));
    }

    private QmpConnectionSettings resolve(String name, QmpConnectionProperties connection) {
        QmpConnectionProperties own = connection;
        Endpoint endpoint = details == null ? null : details.getEndpoint(name);
        if (own.getAddress() == null && endpoint != null) {
            own.setAddress(endpoint.toString());
        }
        QmpConnectionSettings resolved = new QmpConnectionSettings(name, own, properties.getDefaults());
        settings.put(name, resolved);
        return resolved;
    }

    private QmpClient build(QmpConnectionSettings connection) {
        Endpoint given = details == null ? null : details.getEndpoint(connection.name());
        QmpClientBuilder builder = QmpClient.builder(given != null ? given : connection.endpoint());
        connection.applyTo(builder);
        builder.eventLoops(resources.eventLoops());
        TlsOptions tlsOptions = tls.options(connection, details);
        if (tlsOptions != null) {
            builder.tls(tlsOptions);
        }
        if (observer != null) {
            builder.commandObserver(observer);
        }
        customizers.forEach(customizer -> customizer.customize(connection.name(), builder));
        return builder.build();
    }
}

package dev.qmp.autoconfigure;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.TaskObserver;
import dev.qmp.agent.GuestAgent;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpConnectionDetails;
import dev.qmp.spring.QmpConnectionProperties;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Builds clients from properties, connection details and customizers. The constructor checks the whole
 * configuration.
 */
final class QmpClientFactory {

    private final QmpProperties properties;
    private final QmpClientResources resources;
    private final QmpConnectionDetails details;
    private final SslBundleTls tls;
    private final List<QmpClientBuilderCustomizer> customizers;
    private final List<CommandObserver> observers;
    private final List<TaskObserver> taskObservers;
    private final MonitorAddresses addresses;

    /**
     * Creates the factory.
     *
     * @param names the names of the connections in the configuration
     */
    QmpClientFactory(
            QmpProperties properties,
            Set<String> names,
            QmpClientResources resources,
            ObjectProvider<QmpConnectionDetails> details,
            SslBundleTls tls,
            ObjectProvider<QmpClientBuilderCustomizer> customizers,
            ObjectProvider<CommandObserver> observers,
            ObjectProvider<TaskObserver> taskObservers) {
        this.properties = properties;
        this.resources = resources;
        this.details = new FirstConnectionDetails(details.orderedStream().toList());
        this.tls = tls;
        this.customizers = customizers.orderedStream().toList();
        this.observers = observers.orderedStream().toList();
        this.taskObservers = taskObservers.orderedStream().toList();
        checkDefaults();
        List<QmpConnectionSettings> connections =
                names.stream().map(this::configured).toList();
        this.addresses = new MonitorAddresses(connections);
        checkPrimaries(connections.stream()
                .filter(QmpConnectionSettings::isPrimary)
                .map(QmpConnectionSettings::name)
                .toList());
    }

    private void checkDefaults() {
        QmpConnectionProperties defaults = properties.getDefaults();
        if (defaults.getAddress() != null) {
            throw new InvalidQmpPropertyException(
                    "qmp.defaults.address",
                    defaults.getAddress(),
                    "a monitor serves one client, so that connections cannot share an address",
                    "no value; set qmp.connection.<name>.address instead");
        }
        if (defaults.getPrimary() != null) {
            throw new InvalidQmpPropertyException(
                    "qmp.defaults.primary",
                    defaults.getPrimary(),
                    "at most one connection is primary",
                    "no value; set qmp.connection.<name>.primary instead");
        }
    }

    /** {@return the addresses of the connections in the configuration} */
    MonitorAddresses addresses() {
        return addresses;
    }

    private static void checkPrimaries(List<String> primaries) {
        if (primaries.size() > 1) {
            throw new InvalidQmpPropertyException(
                    ConnectionNames.keyOf(primaries.get(1)) + ".primary",
                    true,
                    "several connections are primary: " + String.join(", ", primaries),
                    "true for at most one connection");
        }
    }

    /**
     * {@return the settings of a connection in the configuration} If all its keys are misspelt, it has no
     * properties.
     */
    QmpConnectionSettings configured(String name) {
        QmpConnectionProperties connection =
                properties.getConnection().getOrDefault(name, new QmpConnectionProperties());
        String address = connection.getAddress();
        String placeholder =
                address == null || details.getEndpoint(name) != null ? null : Placeholders.firstIn(address);
        if (placeholder != null) {
            throw new InvalidQmpPropertyException(
                            ConnectionNames.keyOf(name) + ".address",
                            address,
                            Placeholders.reason(placeholder),
                            QmpConnectionSettings.ADDRESSES)
                    .withRemedy(Placeholders.remedy(placeholder), null);
        }
        return settings(name, connection);
    }

    /** {@return the settings of a connection with these properties, over the defaults} */
    QmpConnectionSettings settings(String name, QmpConnectionProperties connection) {
        return new QmpConnectionSettings(
                name, connection, properties.getDefaults(), details.getEndpoint(name), details.getMode(name));
    }

    /** {@return the agent behind a client, with the connection's {@code command-timeout} if that is set} */
    GuestAgent guestAgent(String name, QmpClient client) {
        GuestAgent agent = GuestAgent.of(client);
        Duration timeout = configured(name).configuredCommandTimeout();
        return timeout == null ? agent : agent.withTimeout(timeout);
    }

    /** {@return the default of {@code auto-startup}} */
    boolean isAutoStartupByDefault() {
        return !Boolean.FALSE.equals(properties.getDefaults().getAutoStartup());
    }

    QmpClient build(QmpConnectionSettings connection) {
        QmpClientBuilder builder = QmpClient.builder(connection.endpoint());
        connection.applyTo(builder);
        resources.applyTo(builder);
        TlsOptions tlsOptions = tls.options(connection, details);
        if (tlsOptions != null) {
            builder.tls(tlsOptions);
        }
        observers.forEach(builder::commandObserver);
        taskObservers.forEach(builder::taskObserver);
        customizers.forEach(customizer -> customizer.customize(connection.name(), builder));
        QmpClient client;
        try {
            client = builder.name(connection.name()).build(); // registry, health and meters use this name
        } catch (IllegalArgumentException e) {
            throw connection.unbuildable(e);
        }
        connection.checkPort(client.options().mode());
        return client;
    }
}

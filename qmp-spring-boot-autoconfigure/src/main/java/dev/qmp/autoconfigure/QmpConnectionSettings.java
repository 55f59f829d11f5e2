package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClientBuilder;
import dev.qmp.ReconnectPolicy;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.util.unit.DataSize;

/**
 * What one connection is to be like: its own properties over {@code qmp.defaults}, checked when this is made. Whatever is
 * wrong is told with the full name of the property.
 */
final class QmpConnectionSettings {

    /** What an attempt's own deadlines are given to tell more exactly what was wrong. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final Duration LONGEST = Duration.ofDays(365);
    private static final String ADDRESSES = "unix:PATH, tcp:HOST:PORT or tcp:[IPV6]:PORT";

    private final String name;
    private final LayeredProperties properties;
    private final PropertyChecks checks;
    private final Endpoint endpoint;
    /** Whether something else than the properties says where the machine is, and so also whether it speaks TLS. */
    private final boolean given;

    private final ReconnectPolicy reconnect;

    /**
     * Checks all properties.
     *
     * @param given where the machine is, if something else than the properties says so
     */
    QmpConnectionSettings(
            String name, QmpConnectionProperties own, QmpConnectionProperties defaults, @Nullable Endpoint given) {
        this.name = name;
        this.properties = new LayeredProperties(name, own, defaults);
        this.checks = new PropertyChecks(properties);
        this.endpoint = given != null ? given : configuredEndpoint();
        this.given = given != null;
        this.reconnect = configuredReconnect();
        checks.positive("connect-timeout", QmpConnectionProperties::getConnectTimeout);
        checks.positive("handshake-timeout", QmpConnectionProperties::getHandshakeTimeout);
        checks.positive("disconnect-timeout", QmpConnectionProperties::getDisconnectTimeout);
        checks.positive("command-timeout", QmpConnectionProperties::getCommandTimeout);
        checks.notNegative("liveness-timeout", QmpConnectionProperties::getLivenessTimeout);
        checks.count("max-in-flight", QmpConnectionProperties::getMaxInFlight);
        checks.count("queue-capacity", QmpConnectionProperties::getQueueCapacity);
        checks.count("event-capacity", QmpConnectionProperties::getEventCapacity);
        checks.size("max-message-size", QmpConnectionProperties::getMaxMessageSize);
        checks.size("max-command-size", QmpConnectionProperties::getMaxCommandSize);
        checkSsl();
    }

    private Endpoint configuredEndpoint() {
        String address = properties.own().getAddress();
        if (address == null || address.isBlank()) {
            throw properties.invalid(
                    "address",
                    QmpConnectionProperties::getAddress,
                    address == null ? "it is missing" : "it is empty",
                    ADDRESSES);
        }
        try {
            return Endpoint.parse(address.trim());
        } catch (IllegalArgumentException e) {
            throw properties.invalid(
                    "address", QmpConnectionProperties::getAddress, String.valueOf(e.getMessage()), ADDRESSES);
        }
    }

    private ReconnectPolicy configuredReconnect() {
        Duration initialDelay = checks.positive(
                "reconnect.initial-delay",
                connection -> connection.getReconnect().getInitialDelay(),
                Duration.ofMillis(100));
        Duration maxDelay = checks.positive(
                "reconnect.max-delay", connection -> connection.getReconnect().getMaxDelay(), Duration.ofSeconds(30));
        double multiplier = checks.range(
                "reconnect.multiplier", connection -> connection.getReconnect().getMultiplier(), 1.0, 1000.0, 1.6);
        double jitter = checks.range(
                "reconnect.jitter", connection -> connection.getReconnect().getJitter(), 0.0, 1.0, 0.2);
        if (maxDelay.compareTo(initialDelay) < 0) {
            throw properties.invalid(
                    "reconnect.max-delay",
                    connection -> connection.getReconnect().getMaxDelay(),
                    "it is less than reconnect.initial-delay",
                    "at least the " + initialDelay.toMillis() + "ms of reconnect.initial-delay");
        }
        return properties.get(connection -> connection.getReconnect().getEnabled(), true)
                ? ReconnectPolicy.exponential(initialDelay, multiplier, jitter, maxDelay)
                : ReconnectPolicy.never();
    }

    private void checkSsl() {
        if (isTls() && endpoint instanceof Endpoint.Unix) {
            throw properties.invalid(
                    sslBundle() != null ? "ssl.bundle" : "ssl.enabled",
                    connection -> sslBundle() != null
                            ? connection.getSsl().getBundle()
                            : connection.getSsl().getEnabled(),
                    "QEMU has no TLS on Unix sockets, and " + endpoint + " is one",
                    "a bundle with a tcp: address; or set ssl.enabled to false for this connection");
        }
        if (isTls() && sslBundle() == null) {
            throw properties.invalid(
                    "ssl.enabled",
                    connection -> connection.getSsl().getEnabled(),
                    "there is no bundle",
                    "true together with ssl.bundle, which names a bundle under spring.ssl.bundle");
        }
    }

    String name() {
        return name;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** {@return whether the properties lead to one monitor, that cannot serve another connection too} */
    boolean isOneMonitor() {
        return !given && isOneMonitor(endpoint);
    }

    /** {@return false for a port that is still to be chosen} */
    static boolean isOneMonitor(Endpoint endpoint) {
        return !(endpoint instanceof Endpoint.Tcp tcp && tcp.port() == 0);
    }

    boolean isPrimary() {
        return Boolean.TRUE.equals(properties.own().getPrimary());
    }

    boolean isAutoStartup() {
        return properties.get(QmpConnectionProperties::getAutoStartup, true);
    }

    boolean isFailFast() {
        return properties.get(QmpConnectionProperties::getFailFast, false);
    }

    /** {@return whether the properties ask for TLS} Where they do not say where the machine is, they do not. */
    boolean isTls() {
        if (given) {
            return false;
        }
        Boolean enabled = properties.get(connection -> connection.getSsl().getEnabled());
        return enabled != null ? enabled : sslBundle() != null;
    }

    @Nullable
    String sslBundle() {
        return properties.get(connection -> connection.getSsl().getBundle());
    }

    ConnectMode mode() {
        return properties.get(QmpConnectionProperties::getMode, ConnectMode.CONNECT);
    }

    /** {@return how long the application's start waits for the first session at most, if it does} */
    Duration startTimeout() {
        Duration connect = properties.get(QmpConnectionProperties::getConnectTimeout, Duration.ofSeconds(5));
        Duration handshake = properties.get(QmpConnectionProperties::getHandshakeTimeout, Duration.ofSeconds(30));
        return shortened(connect).plus(shortened(handshake)).plus(GRACE);
    }

    /** Far beyond any use, and near enough to be added and counted in nanoseconds. */
    private static Duration shortened(Duration timeout) {
        return timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
    }

    Duration disconnectTimeout() {
        return shortened(properties.get(QmpConnectionProperties::getDisconnectTimeout, Duration.ofSeconds(5)));
    }

    /** {@return the bounds of listeners} */
    ListenerOptions listenerOptions() {
        Integer capacity = properties.get(QmpConnectionProperties::getEventCapacity);
        return capacity == null ? ListenerOptions.DEFAULTS : ListenerOptions.DEFAULTS.withCapacity(capacity);
    }

    /** {@return what to throw if the address cannot be used} */
    InvalidQmpPropertyException invalidAddress(String reason) {
        return properties.invalid("address", QmpConnectionProperties::getAddress, reason, "an address of its own");
    }

    /** {@return what to throw if the bundle cannot be used} */
    InvalidQmpPropertyException invalidSslBundle(String reason) {
        return properties.invalid(
                "ssl.bundle",
                connection -> connection.getSsl().getBundle(),
                reason,
                "the name of a bundle under spring.ssl.bundle");
    }

    /** Gives a builder all that is set; what is not stays at the library's default. */
    void applyTo(QmpClientBuilder builder) {
        builder.name(name).reconnect(reconnect);
        PropertyMapper map = PropertyMapper.get();
        map.from(this::mode).to(builder::mode);
        map.from(() -> properties.get(QmpConnectionProperties::getConnectTimeout))
                .to(builder::connectTimeout);
        map.from(() -> properties.get(QmpConnectionProperties::getHandshakeTimeout))
                .to(builder::handshakeTimeout);
        map.from(() -> properties.get(QmpConnectionProperties::getDisconnectTimeout))
                .to(builder::disconnectTimeout);
        map.from(() -> properties.get(QmpConnectionProperties::getCommandTimeout))
                .to(builder::commandTimeout);
        map.from(() -> properties.get(QmpConnectionProperties::getLivenessTimeout))
                .to(builder::livenessTimeout);
        map.from(() -> properties.get(QmpConnectionProperties::getIdentityPolicy))
                .to(builder::identityPolicy);
        map.from(() -> properties.get(QmpConnectionProperties::getOutOfBand)).to(builder::outOfBand);
        map.from(() -> properties.get(QmpConnectionProperties::getMaxInFlight)).to(builder::maxInFlight);
        map.from(() -> properties.get(QmpConnectionProperties::getQueueCapacity))
                .to(builder::queueCapacity);
        map.from(() -> properties.get(QmpConnectionProperties::getEventCapacity))
                .to(builder::eventCapacity);
        map.from(() -> properties.get(QmpConnectionProperties::getMaxMessageSize))
                .asInt(DataSize::toBytes)
                .to(builder::maxMessageSize);
        map.from(() -> properties.get(QmpConnectionProperties::getMaxCommandSize))
                .asInt(DataSize::toBytes)
                .to(builder::maxCommandSize);
    }
}

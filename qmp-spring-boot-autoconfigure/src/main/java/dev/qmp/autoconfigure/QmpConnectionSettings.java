package dev.qmp.autoconfigure;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClientBuilder;
import dev.qmp.ReconnectPolicy;
import dev.qmp.protocol.Endpoint;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * What one connection is to be like: its own properties over {@code qmp.defaults}, checked. Whatever is wrong is told with
 * the full name of the property.
 */
final class QmpConnectionSettings {

    private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DEFAULT_HANDSHAKE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration DEFAULT_DISCONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final String name;
    private final LayeredProperties properties;

    QmpConnectionSettings(String name, QmpConnectionProperties own, QmpConnectionProperties defaults) {
        this.name = name;
        this.properties = new LayeredProperties(name, own, defaults);
        check();
    }

    private void check() {
        endpoint();
        reconnectPolicy();
        connectTimeout();
        handshakeTimeout();
        disconnectTimeout();
        positive("command-timeout", QmpConnectionProperties::getCommandTimeout);
        count("max-in-flight", QmpConnectionProperties::getMaxInFlight);
        count("queue-capacity", QmpConnectionProperties::getQueueCapacity);
        count("event-capacity", QmpConnectionProperties::getEventCapacity);
        size("max-message-size", QmpConnectionProperties::getMaxMessageSize);
        size("max-command-size", QmpConnectionProperties::getMaxCommandSize);
        if (isTls() && endpoint() instanceof Endpoint.Unix) {
            throw properties.invalid("ssl.bundle", sslBundle(), "QEMU has no TLS on Unix sockets", "a tcp: address");
        }
        if (isTls() && sslBundle() == null) {
            throw properties.invalid("ssl.enabled", true, "there is no bundle", "ssl.bundle with the name of a bundle");
        }
    }

    String name() {
        return name;
    }

    Endpoint endpoint() {
        String address = properties.get(QmpConnectionProperties::getAddress);
        String accepted = "unix:PATH, tcp:HOST:PORT or tcp:[IPV6]:PORT";
        if (address == null || address.isBlank()) {
            throw properties.invalid("address", address, "it is missing", accepted);
        }
        try {
            return Endpoint.parse(address.trim());
        } catch (IllegalArgumentException e) {
            throw properties.invalid("address", address, String.valueOf(e.getMessage()), accepted);
        }
    }

    boolean isPrimary() {
        return properties.get(QmpConnectionProperties::getPrimary, false);
    }

    boolean isAutoStartup() {
        return properties.get(QmpConnectionProperties::getAutoStartup, true);
    }

    boolean isFailFast() {
        return properties.get(QmpConnectionProperties::getFailFast, false);
    }

    boolean isTls() {
        Boolean enabled = properties.get(connection -> connection.getSsl().getEnabled());
        return enabled != null ? enabled : sslBundle() != null;
    }

    @Nullable
    String sslBundle() {
        return properties.get(connection -> connection.getSsl().getBundle());
    }

    Duration connectTimeout() {
        return orDefault(
                positive("connect-timeout", QmpConnectionProperties::getConnectTimeout), DEFAULT_CONNECT_TIMEOUT);
    }

    Duration handshakeTimeout() {
        return orDefault(
                positive("handshake-timeout", QmpConnectionProperties::getHandshakeTimeout), DEFAULT_HANDSHAKE_TIMEOUT);
    }

    Duration disconnectTimeout() {
        return orDefault(
                positive("disconnect-timeout", QmpConnectionProperties::getDisconnectTimeout),
                DEFAULT_DISCONNECT_TIMEOUT);
    }

    ReconnectPolicy reconnectPolicy() {
        if (!properties.get(connection -> connection.getReconnect().getEnabled(), true)) {
            return ReconnectPolicy.never();
        }
        Duration initialDelay = orDefault(
                positive(
                        "reconnect.initial-delay",
                        connection -> connection.getReconnect().getInitialDelay()),
                Duration.ofMillis(100));
        Duration maxDelay = orDefault(
                positive(
                        "reconnect.max-delay",
                        connection -> connection.getReconnect().getMaxDelay()),
                Duration.ofSeconds(30));
        double multiplier =
                properties.get(connection -> connection.getReconnect().getMultiplier(), 1.6);
        double jitter = properties.get(connection -> connection.getReconnect().getJitter(), 0.2);
        if (!(multiplier >= 1.0) || Double.isInfinite(multiplier)) {
            throw properties.invalid("reconnect.multiplier", multiplier, "the delays would shrink", "1.0 or more");
        }
        if (!(jitter >= 0.0 && jitter <= 1.0)) {
            throw properties.invalid("reconnect.jitter", jitter, "it is out of range", "0.0 to 1.0");
        }
        if (maxDelay.compareTo(initialDelay) < 0) {
            throw properties.invalid(
                    "reconnect.max-delay",
                    maxDelay,
                    "it is less than reconnect.initial-delay",
                    "at least " + initialDelay);
        }
        return ReconnectPolicy.exponential(initialDelay, multiplier, jitter, maxDelay);
    }

    /** Gives a builder all that is set; what is not stays at the library's default. */
    void applyTo(QmpClientBuilder builder) {
        ConnectMode mode = properties.get(QmpConnectionProperties::getMode);
        builder.name(name)
                .mode(mode != null ? mode : ConnectMode.CONNECT)
                .reconnect(reconnectPolicy())
                .connectTimeout(connectTimeout())
                .handshakeTimeout(handshakeTimeout())
                .disconnectTimeout(disconnectTimeout())
                .outOfBand(properties.get(QmpConnectionProperties::getOutOfBand, true));
        Duration commandTimeout = properties.get(QmpConnectionProperties::getCommandTimeout);
        if (commandTimeout != null) {
            builder.commandTimeout(commandTimeout);
        }
        Integer maxInFlight = properties.get(QmpConnectionProperties::getMaxInFlight);
        if (maxInFlight != null) {
            builder.maxInFlight(maxInFlight);
        }
        Integer queueCapacity = properties.get(QmpConnectionProperties::getQueueCapacity);
        if (queueCapacity != null) {
            builder.queueCapacity(queueCapacity);
        }
        Integer eventCapacity = properties.get(QmpConnectionProperties::getEventCapacity);
        if (eventCapacity != null) {
            builder.eventCapacity(eventCapacity);
        }
        DataSize maxMessageSize = properties.get(QmpConnectionProperties::getMaxMessageSize);
        if (maxMessageSize != null) {
            builder.maxMessageSize((int) maxMessageSize.toBytes());
        }
        DataSize maxCommandSize = properties.get(QmpConnectionProperties::getMaxCommandSize);
        if (maxCommandSize != null) {
            builder.maxCommandSize((int) maxCommandSize.toBytes());
        }
    }

    private @Nullable Duration positive(String key, Function<QmpConnectionProperties, @Nullable Duration> getter) {
        Duration value = properties.get(getter);
        if (value != null && (value.isZero() || value.isNegative())) {
            throw properties.invalid(key, value, "it is not positive", "a positive duration, such as 5s");
        }
        return value;
    }

    private void count(String key, Function<QmpConnectionProperties, @Nullable Integer> getter) {
        Integer value = properties.get(getter);
        if (value != null && value < 1) {
            throw properties.invalid(key, value, "it is not positive", "a number of 1 or more");
        }
    }

    private void size(String key, Function<QmpConnectionProperties, @Nullable DataSize> getter) {
        DataSize value = properties.get(getter);
        if (value != null && (value.toBytes() < 1 || value.toBytes() > Integer.MAX_VALUE)) {
            throw properties.invalid(key, value, "it is out of range", "1B to 2047MB");
        }
    }

    private static Duration orDefault(@Nullable Duration value, Duration fallback) {
        return value != null ? value : fallback;
    }
}

package dev.qmp.autoconfigure;

import dev.qmp.CommandPolicy;
import dev.qmp.ConnectMode;
import dev.qmp.QmpClientBuilder;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import dev.qmp.spring.QmpConnectionProperties;
import dev.qmp.spring.QmpPeerProtocol;
import dev.qmp.spring.QmpReconnectProperties;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.util.unit.DataSize;

/**
 * The settings of one connection: its own properties over {@code qmp.defaults}. The constructor checks them, and a
 * failure names the full property.
 */
final class QmpConnectionSettings {

    /** The maximum of {@link dev.qmp.QmpClientBuilder#queueCapacity}. */
    private static final int MAX_QUEUE_CAPACITY = 2_000_000;

    private static final String ADDRESSES = "unix:PATH, tcp:HOST:PORT or tcp:[IPV6]:PORT";

    private final String name;
    private final LayeredProperties layers;
    private final QmpConnectionProperties properties;
    private final Endpoint endpoint;
    /** Whether connection details give the endpoint, and so also decide about TLS. */
    private final boolean given;
    /** The mode that connection details give together with the endpoint, if any. */
    private final @Nullable ConnectMode givenMode;

    private final ReconnectPolicy reconnect;
    private final CommandPolicy commandPolicy;

    /**
     * Checks all properties.
     *
     * @param given the endpoint that connection details give, null for that of the properties
     * @param givenMode the mode that connection details give, null for that of the properties
     */
    QmpConnectionSettings(
            String name,
            QmpConnectionProperties own,
            QmpConnectionProperties defaults,
            @Nullable Endpoint given,
            @Nullable ConnectMode givenMode) {
        this.name = printable(name);
        this.layers = new LayeredProperties(name, own, defaults);
        this.properties = layers.effective();
        PropertyChecks checks = new PropertyChecks(layers);
        this.endpoint = given != null ? given : configuredEndpoint();
        this.given = given != null;
        this.givenMode = givenMode;
        this.reconnect = configuredReconnect(checks);
        this.commandPolicy = configuredCommandPolicy();
        checks.positive("connect-timeout", properties.getConnectTimeout());
        checks.positive("handshake-timeout", properties.getHandshakeTimeout());
        checks.positive("write-timeout", properties.getWriteTimeout());
        checks.positive("disconnect-timeout", properties.getDisconnectTimeout());
        checks.positive("command-timeout", properties.getCommandTimeout());
        checks.notNegative("liveness-timeout", properties.getLivenessTimeout());
        checks.count("max-in-flight", properties.getMaxInFlight());
        checks.count("queue-capacity", properties.getQueueCapacity(), MAX_QUEUE_CAPACITY);
        checks.count("event-capacity", properties.getEventCapacity());
        checks.size("max-message-size", properties.getMaxMessageSize());
        checks.size("max-command-size", properties.getMaxCommandSize());
        checkSsl();
        checkFileDescriptors();
    }

    /** Checks the name, because it appears in logs, health, meters and thread names. */
    private static String printable(String name) {
        String printable = Text.printable(name);
        if (!printable.equals(name)) {
            throw new InvalidQmpPropertyException(
                    "qmp.connection." + printable,
                    null,
                    "the connection's name has characters that cannot be printed, or more than 256",
                    "a name of printable characters");
        }
        return name;
    }

    private Endpoint configuredEndpoint() {
        String address = properties.getAddress();
        if (address == null || address.isBlank()) {
            throw layers.invalid("address", address == null ? "it is missing" : "it is empty", ADDRESSES);
        }
        try {
            return Endpoint.parse(address.trim());
        } catch (IllegalArgumentException e) {
            throw layers.invalid("address", Text.messageOf(e), ADDRESSES);
        }
    }

    private ReconnectPolicy configuredReconnect(PropertyChecks checks) {
        QmpReconnectProperties configured = properties.getReconnect();
        Duration initialDelay =
                checks.positive("reconnect.initial-delay", configured.getInitialDelay(), Duration.ofMillis(100));
        Duration maxDelay = checks.positive("reconnect.max-delay", configured.getMaxDelay(), Duration.ofSeconds(30));
        double multiplier = checks.range("reconnect.multiplier", configured.getMultiplier(), 1.0, 1000.0, 1.6);
        double jitter = checks.range("reconnect.jitter", configured.getJitter(), 0.0, 1.0, 0.2);
        if (maxDelay.compareTo(initialDelay) < 0) {
            throw layers.invalid(
                    "reconnect.max-delay",
                    "it is less than reconnect.initial-delay",
                    "at least the " + initialDelay.toMillis() + "ms of reconnect.initial-delay");
        }
        return Boolean.FALSE.equals(configured.getEnabled())
                ? ReconnectPolicy.never()
                : ReconnectPolicy.exponential(initialDelay, multiplier, jitter, maxDelay);
    }

    private CommandPolicy configuredCommandPolicy() {
        List<String> allow = properties.getCommands().getAllow();
        List<String> deny = properties.getCommands().getDeny();
        if (allow == null && deny == null) {
            return CommandPolicy.unrestricted();
        }
        if (allow != null && allow.isEmpty()) {
            throw layers.invalid(
                    "commands.allow",
                    "it is empty, which could mean all commands or none",
                    "names of commands, patterns such as block-job-*, or " + CommandPolicy.READ_ONLY
                            + "; * for all, or no value");
        }
        List<String> allowed = allow != null ? allow : List.of();
        checkEntries("commands.allow", allowed, List.of(), ", or " + CommandPolicy.READ_ONLY);
        return checkEntries("commands.deny", allowed, deny != null ? deny : List.of(), "");
    }

    private CommandPolicy checkEntries(String key, List<String> allow, List<String> deny, String more) {
        try {
            return CommandPolicy.of(allow, deny);
        } catch (IllegalArgumentException e) {
            throw layers.invalid(
                    key, String.valueOf(e.getMessage()), "names of commands, or patterns such as block-job-*" + more);
        }
    }

    private void checkSsl() {
        if (isTls() && endpoint instanceof Endpoint.Unix) {
            throw layers.invalid(
                    sslBundle() != null ? "ssl.bundle" : "ssl.enabled",
                    "QEMU has no TLS on Unix sockets, and " + endpoint + " is one",
                    "a bundle with a tcp: address; or set ssl.enabled to false for this connection");
        }
        if (isTls() && sslBundle() == null) {
            throw layers.invalid(
                    "ssl.enabled",
                    "there is no bundle",
                    "true together with ssl.bundle, which names a bundle under spring.ssl.bundle");
        }
    }

    private void checkFileDescriptors() {
        if (!Boolean.TRUE.equals(properties.getFileDescriptors()) || given) {
            return;
        }
        if (!(endpoint instanceof Endpoint.Unix) || mode() == ConnectMode.LISTEN) {
            throw layers.invalid(
                    "file-descriptors",
                    "descriptors are sent only over a Unix socket that this side dials, and " + endpoint
                            + " is none in mode " + mode().name().toLowerCase(Locale.ROOT),
                    "true with a unix: address and mode connect; or set it to false for this connection");
        }
    }

    String name() {
        return name;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** {@return whether the endpoint of the properties is one monitor, which cannot serve two connections} */
    boolean isOneMonitor() {
        return !given && isOneMonitor(endpoint);
    }

    /** {@return false for port 0, which is chosen later} */
    static boolean isOneMonitor(Endpoint endpoint) {
        return !(endpoint instanceof Endpoint.Tcp tcp && tcp.port() == 0);
    }

    boolean isPrimary() {
        return Boolean.TRUE.equals(properties.getPrimary());
    }

    boolean isAutoStartup() {
        return !Boolean.FALSE.equals(properties.getAutoStartup());
    }

    boolean isFailFast() {
        return Boolean.TRUE.equals(properties.getFailFast());
    }

    /** {@return whether the properties enable TLS} False if connection details give the endpoint. */
    boolean isTls() {
        if (given) {
            return false;
        }
        Boolean enabled = properties.getSsl().getEnabled();
        return enabled != null ? enabled : sslBundle() != null;
    }

    @Nullable
    String sslBundle() {
        return properties.getSsl().getBundle();
    }

    ConnectMode mode() {
        ConnectMode mode = givenMode != null ? givenMode : properties.getMode();
        return mode != null ? mode : ConnectMode.CONNECT;
    }

    /** {@return the labels of the instances that can reach the machine; empty for all} */
    List<String> reachableFrom() {
        List<String> labels = properties.getReachableFrom();
        return labels != null ? labels : List.of();
    }

    /** {@return the deadline of commands if a property sets it; null otherwise} */
    @Nullable
    Duration configuredCommandTimeout() {
        return properties.getCommandTimeout();
    }

    /** {@return the exception for an address that cannot be used} */
    InvalidQmpPropertyException invalidAddress(String reason) {
        return layers.invalid("address", reason, "an address of its own");
    }

    /** {@return the exception for a bundle that cannot be used} */
    InvalidQmpPropertyException invalidSslBundle(String reason) {
        return layers.invalid("ssl.bundle", reason, "the name of a bundle under spring.ssl.bundle");
    }

    /** {@return the exception for a bundle that exists, but cannot be loaded} */
    InvalidQmpPropertyException unusableSslBundle(String reason, String remedy, Exception cause) {
        return layers.invalid("ssl.bundle", reason, "the name of a bundle that can be loaded")
                .withRemedy(remedy, cause);
    }

    private boolean isGuestAgent() {
        return properties.getProtocol() == QmpPeerProtocol.GUEST_AGENT;
    }

    private static boolean orElse(@Nullable Boolean value, boolean fallback) {
        return value != null ? value : fallback;
    }

    private void applyFileDescriptors(QmpClientBuilder builder) {
        try {
            builder.fileDescriptors(
                    Boolean.TRUE.equals(properties.getFileDescriptors()) && endpoint instanceof Endpoint.Unix);
        } catch (IllegalStateException e) {
            throw layers.invalid(
                    "file-descriptors",
                    String.valueOf(e.getMessage()),
                    "true with com.kohlschutter.junixsocket:junixsocket-common and :junixsocket-native-common on the"
                            + " class path, otherwise false");
        }
    }

    /** Applies all values that are set to a builder. Others stay at the library's defaults. */
    void applyTo(QmpClientBuilder builder) {
        if (isGuestAgent()) {
            builder.guestAgent();
        }
        builder.name(name)
                .mode(mode())
                .awaitGreeting(orElse(properties.getAwaitGreeting(), !isGuestAgent()))
                .negotiate(orElse(properties.getNegotiate(), !isGuestAgent()))
                .commandPolicy(commandPolicy)
                .reconnect(reconnect);
        applyFileDescriptors(builder);
        PropertyMapper map = PropertyMapper.get();
        map.from(properties.getConnectTimeout()).to(builder::connectTimeout);
        map.from(properties.getHandshakeTimeout()).to(builder::handshakeTimeout);
        map.from(properties.getWriteTimeout()).to(builder::writeTimeout);
        map.from(properties.getDisconnectTimeout()).to(builder::disconnectTimeout);
        map.from(properties.getCommandTimeout()).to(builder::commandTimeout);
        map.from(properties.getLivenessTimeout()).to(builder::livenessTimeout);
        map.from(properties.getIdentityPolicy()).to(builder::identityPolicy);
        map.from(properties.getCommandCheck()).to(builder::commandCheck);
        map.from(properties.getCommandIds()).to(builder::commandIds);
        map.from(properties.getWatchSocket()).to(builder::watchSocket);
        map.from(properties.getWireLog()).to(builder::wireLog);
        map.from(properties.getOutOfBand()).to(builder::outOfBand);
        map.from(properties.getMaxInFlight()).to(builder::maxInFlight);
        map.from(properties.getQueueCapacity()).to(builder::queueCapacity);
        map.from(properties.getEventCapacity()).to(builder::eventCapacity);
        map.from(properties.getMaxMessageSize()).asInt(DataSize::toBytes).to(builder::maxMessageSize);
        map.from(properties.getMaxCommandSize()).asInt(DataSize::toBytes).to(builder::maxCommandSize);
    }
}

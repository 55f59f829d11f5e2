package dev.qmp.autoconfigure;

import dev.qmp.CommandPolicy;
import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * The settings of one connection: its own properties over {@code qmp.defaults}. The constructor checks them, and a
 * failure names the full property.
 */
final class QmpConnectionSettings {

    static final String ADDRESSES = "unix:PATH, tcp:HOST:PORT or tcp:[IPV6]:PORT";
    private static final String WITH_JUNIXSOCKET =
            " with com.kohlschutter.junixsocket:junixsocket-common and :junixsocket-native-common on the class path";

    private final String name;
    private final LayeredProperties layers;
    private final QmpConnectionProperties properties;
    private final Endpoint endpoint;
    /** Whether connection details give the endpoint, and so also decide about TLS. */
    private final boolean given;
    /** The mode that connection details give together with the endpoint, if any. */
    private final @Nullable ConnectMode givenMode;

    private static final String MUST_BE = " must be ";

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
        this.endpoint = given != null ? given : configuredEndpoint();
        this.given = given != null;
        this.givenMode = givenMode;
        this.reconnect = configuredReconnect();
        this.commandPolicy = configuredCommandPolicy();
        checkSsl();
        checkMode();
        checkFileDescriptors();
        applyTo(QmpClient.builder(endpoint)); // the builder checks the values
    }

    /** Checks the name, because it appears in logs, health, meters and thread names. */
    private static String printable(String name) {
        String printable = Text.printable(name);
        if (!printable.equals(name)) {
            throw new InvalidQmpPropertyException(
                    ConnectionNames.keyOf(printable),
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

    private ReconnectPolicy configuredReconnect() {
        QmpReconnectProperties configured = properties.getReconnect();
        ReconnectPolicy.Exponential standard = ReconnectPolicy.exponential();
        Duration initialDelay = orElse(configured.getInitialDelay(), standard.initialDelay());
        double multiplier = orElse(configured.getMultiplier(), standard.multiplier());
        double jitter = orElse(configured.getJitter(), standard.jitter());
        Duration maxDelay = orElse(configured.getMaxDelay(), standard.maxDelay());
        // each call has one value that is not checked yet, so a failure is the failure of its key
        set("reconnect.initial-delay", initialDelay, delay -> ReconnectPolicy.exponential(delay, 1, 0, delay));
        set(
                "reconnect.multiplier",
                multiplier,
                factor -> ReconnectPolicy.exponential(initialDelay, factor, 0, initialDelay));
        set("reconnect.jitter", jitter, share -> ReconnectPolicy.exponential(initialDelay, 1, share, initialDelay));
        set(
                "reconnect.max-delay",
                maxDelay,
                delay -> ReconnectPolicy.exponential(initialDelay, multiplier, jitter, delay));
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
        if (isTls() && !(endpoint instanceof Endpoint.Tcp)) {
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

    private void checkMode() {
        if (endpoint instanceof Endpoint.Abstract && givenMode == null && mode() == ConnectMode.LISTEN) {
            throw layers.invalid(
                    "mode",
                    "an abstract Unix socket can only be dialled, and " + endpoint + " is one",
                    "connect for this address; or listen with a unix: address that is a path");
        }
    }

    /** Checks the port, in the mode of a client, which customizers can set. */
    void checkPort(ConnectMode mode) {
        if (!given && !isOneMonitor(endpoint) && mode == ConnectMode.CONNECT) {
            throw layers.invalid(
                    "address",
                    "port 0 lets the system choose a port to listen on, and cannot be dialled",
                    "an address with the port of the monitor; or this one with mode listen");
        }
    }

    private void checkFileDescriptors() {
        if (Boolean.TRUE.equals(properties.getFileDescriptors()) && !given && !carriesFileDescriptors()) {
            throw layers.invalid(
                    "file-descriptors",
                    "descriptors are sent only over a Unix socket that this side dials, but " + endpoint + " in mode "
                            + mode().name().toLowerCase(Locale.ROOT) + " is not such a socket",
                    "true with a unix: address and mode connect; or set it to false for this connection");
        }
    }

    private boolean carriesFileDescriptors() {
        return !(endpoint instanceof Endpoint.Tcp) && mode() == ConnectMode.CONNECT;
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

    private static <T> T orElse(@Nullable T value, T fallback) {
        return value != null ? value : fallback;
    }

    /** {@return whether the properties make the peer one that {@code command-ids} has an effect on} */
    private boolean hasOptionalIds() {
        return !orElse(properties.getAwaitGreeting(), !isGuestAgent())
                && !orElse(properties.getNegotiate(), !isGuestAgent());
    }

    private void applyFileDescriptors(QmpClientBuilder builder) {
        boolean configured = Boolean.TRUE.equals(properties.getFileDescriptors());
        boolean isAbstract = endpoint instanceof Endpoint.Abstract && !given;
        try {
            builder.fileDescriptors((configured || isAbstract) && carriesFileDescriptors());
        } catch (IllegalStateException e) {
            throw configured && !isAbstract
                    ? layers.invalid(
                            "file-descriptors", Text.messageOf(e), "true" + WITH_JUNIXSOCKET + ", otherwise false")
                    : layers.invalid(
                            "address",
                            "Java reaches an abstract Unix socket only by the library junixsocket",
                            "a unix: address that is a path; or this one" + WITH_JUNIXSOCKET);
        }
    }

    /** Applies all values that are set to a builder, which checks them. Others stay at the library's defaults. */
    void applyTo(QmpClientBuilder builder) {
        if (isGuestAgent()) {
            builder.guestAgent();
        }
        builder.name(name).mode(mode()).commandPolicy(commandPolicy).reconnect(reconnect);
        applyFileDescriptors(builder);
        set("await-greeting", properties.getAwaitGreeting(), builder::awaitGreeting);
        set("negotiate", properties.getNegotiate(), builder::negotiate);
        set("connect-timeout", properties.getConnectTimeout(), builder::connectTimeout);
        set("handshake-timeout", properties.getHandshakeTimeout(), builder::handshakeTimeout);
        set("write-timeout", properties.getWriteTimeout(), builder::writeTimeout);
        set("disconnect-timeout", properties.getDisconnectTimeout(), builder::disconnectTimeout);
        set("command-timeout", properties.getCommandTimeout(), builder::commandTimeout);
        set("liveness-timeout", properties.getLivenessTimeout(), builder::livenessTimeout);
        set("identity-policy", properties.getIdentityPolicy(), builder::identityPolicy);
        set("command-check", properties.getCommandCheck(), builder::commandCheck);
        if (hasOptionalIds() || layers.own().getCommandIds() != null) { // the default is for guest agents only
            set("command-ids", properties.getCommandIds(), builder::commandIds);
        }
        set("watch-socket", properties.getWatchSocket(), builder::watchSocket);
        set("wire-log", properties.getWireLog(), builder::wireLog);
        set("out-of-band", properties.getOutOfBand(), builder::outOfBand);
        set("max-in-flight", properties.getMaxInFlight(), builder::maxInFlight);
        set("queue-capacity", properties.getQueueCapacity(), builder::queueCapacity);
        set("event-capacity", properties.getEventCapacity(), builder::eventCapacity);
        set("max-message-size", properties.getMaxMessageSize(), size -> builder.maxMessageSize(bytes(size)));
        set("max-command-size", properties.getMaxCommandSize(), size -> builder.maxCommandSize(bytes(size)));
    }

    /**
     * {@return the exception for a builder that builds no client} Customizers have precedence, so only {@code build()}
     * finds out whether a connection with its own {@code command-ids: false} is one to a monitor. The library's message
     * begins with the option that it refuses.
     */
    IllegalArgumentException unbuildable(IllegalArgumentException refusal) {
        String reason = Text.messageOf(refusal);
        return Boolean.FALSE.equals(layers.own().getCommandIds()) && reason.startsWith("commandIds")
                ? layers.invalid(
                        "command-ids", reason, "true for a monitor; or false together with protocol: guest-agent")
                : refusal;
    }

    /** Passes a value to the library if it is set. If the library refuses it, the exception names the property. */
    private <T> void set(String key, @Nullable T value, Consumer<T> setter) {
        if (value == null) {
            return;
        }
        try {
            setter.accept(value);
        } catch (IllegalArgumentException e) {
            String rule = rule(e);
            throw layers.invalid(key, rule, accepted(rule, value));
        }
    }

    private static int bytes(DataSize size) {
        if (size.toBytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("it is out of range");
        }
        return (int) Math.max(size.toBytes(), 0); // the builder refuses 0
    }

    /** {@return "queueCapacity must be positive" of "queueCapacity must be positive, not 0"} */
    private static String rule(IllegalArgumentException refusal) {
        String message = Text.messageOf(refusal);
        int value = message.lastIndexOf(", not "); // the value is shown as it is written in the configuration
        return value < 0 ? message : message.substring(0, value);
    }

    /** {@return what the property accepts} A rule with limits, such as "must be from 0.0 to 1.0", has them itself. */
    private static String accepted(String rule, Object value) {
        if (value instanceof DataSize) {
            return "a size from 1B to 2047MB, such as 16MB";
        }
        int limits = rule.indexOf(MUST_BE);
        if (limits >= 0 && !rule.endsWith(MUST_BE + "positive")) {
            String option = rule.substring(limits + MUST_BE.length()).replaceAll("([a-z])([A-Z])", "$1-$2");
            return "a value that is " + option.toLowerCase(Locale.ROOT);
        }
        return value instanceof Duration ? "a positive duration, such as 5s or 250ms" : "a number of 1 or more";
    }
}

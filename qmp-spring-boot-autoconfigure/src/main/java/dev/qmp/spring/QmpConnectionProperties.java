package dev.qmp.spring;

import dev.qmp.CommandCheck;
import dev.qmp.ConnectMode;
import dev.qmp.IdentityPolicy;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.util.unit.DataSize;

/**
 * Properties of one connection, or of all connections as {@code qmp.defaults}. A value that a connection does not
 * set comes from {@code qmp.defaults}, and then from the library's own defaults.
 */
public class QmpConnectionProperties {

    /**
     * Where the machine's monitor is: unix:PATH, tcp:HOST:PORT or tcp:[IPV6]:PORT. Of one connection only, no default.
     */
    private @Nullable String address;

    /**
     * Which side dials: "connect" if the monitor listens, "listen" if QEMU connects to us.
     */
    private @Nullable ConnectMode mode;

    /**
     * Protocol of the peer: "qmp", or "guest-agent" for qemu-ga, which neither greets nor negotiates.
     */
    private @Nullable QmpPeerProtocol protocol;

    /**
     * Whether the peer greets. Derived from "protocol" unless specified otherwise.
     */
    private @Nullable Boolean awaitGreeting;

    /**
     * Whether to negotiate capabilities. Derived from "protocol" unless specified otherwise.
     */
    private @Nullable Boolean negotiate;

    /**
     * Whether this client is the one to inject where several fit. Of one connection only, no default.
     */
    private @Nullable Boolean primary;

    /**
     * Whether to connect when the application starts.
     */
    private @Nullable Boolean autoStartup;

    /**
     * Whether to fail the start of the application if the first attempt to connect fails.
     */
    private @Nullable Boolean failFast;

    /**
     * Time for reaching the monitor, all addresses and TLS included.
     */
    private @Nullable Duration connectTimeout;

    /**
     * Time for the greeting and the negotiation; a command of an earlier client may block them.
     */
    private @Nullable Duration handshakeTimeout;

    /**
     * Time for the machine to read what is written; then the session ends.
     */
    private @Nullable Duration writeTimeout;

    /**
     * Time from a command's issue to its reply, the time in the queue included.
     */
    private @Nullable Duration commandTimeout;

    /**
     * Time that a machine which owes a reply may send nothing; then it is probed out of band, and has as long again to
     * send a byte. Zero: no check.
     */
    private @Nullable Duration livenessTimeout;

    /**
     * Time that a disconnect waits for commands under way.
     */
    private @Nullable Duration disconnectTimeout;

    /**
     * Whether another machine than before, by name and UUID, is refused when connecting again ("same") or taken
     * ("any").
     */
    private @Nullable IdentityPolicy identityPolicy;

    /**
     * Whether commands are checked against the machine's schema: "off", "warn" to log, "refuse" to fail before sending.
     */
    private @Nullable CommandCheck commandCheck;

    /**
     * Whether commands to a guest agent have ids.
     */
    private @Nullable Boolean commandIds;

    /**
     * Whether the file of a Unix socket is watched, so that a machine that starts late is found within half a second.
     */
    private @Nullable Boolean watchSocket;

    /**
     * Whether the logger "dev.qmp.wire" shows messages at level TRACE, with values redacted.
     */
    private @Nullable Boolean wireLog;

    /**
     * Whether to enable out-of-band execution where the machine offers it.
     */
    private @Nullable Boolean outOfBand;

    /**
     * Whether commands may carry file descriptors. Needs a Unix socket that this side dials, and junixsocket on the
     * class path.
     */
    private @Nullable Boolean fileDescriptors;

    /**
     * How many commands are on the wire at a time, if out-of-band execution is enabled.
     */
    private @Nullable Integer maxInFlight;

    /**
     * How many commands wait for their turn; one more fails at once.
     */
    private @Nullable Integer queueCapacity;

    /**
     * How many events wait for a slow listener; then the oldest is lost, and counted.
     */
    private @Nullable Integer eventCapacity;

    /**
     * Largest message of the machine; a larger one ends the session.
     */
    private @Nullable DataSize maxMessageSize;

    /**
     * Largest command; a larger one is not sent.
     */
    private @Nullable DataSize maxCommandSize;

    /**
     * Comma-separated list of labels: in a fleet, instances with one of them in "qmp.fleet.labels" can reach the
     * machine. If not set, all can.
     */
    private @Nullable List<String> reachableFrom;

    @NestedConfigurationProperty
    private final QmpReconnectProperties reconnect = new QmpReconnectProperties();

    @NestedConfigurationProperty
    private final QmpCommandsProperties commands = new QmpCommandsProperties();

    @NestedConfigurationProperty
    private final QmpSslProperties ssl = new QmpSslProperties();

    /** {@return properties with an address only} Spring would take a method {@code of} for a converter. */
    public static QmpConnectionProperties ofAddress(String address) {
        QmpConnectionProperties properties = new QmpConnectionProperties();
        properties.setAddress(address);
        return properties;
    }

    /** {@return address as configured, null if not} */
    public @Nullable String getAddress() {
        return address;
    }

    /** Sets address. */
    public void setAddress(@Nullable String address) {
        this.address = address;
    }

    /** {@return mode as configured, null if not} */
    public @Nullable ConnectMode getMode() {
        return mode;
    }

    /** Sets mode. */
    public void setMode(@Nullable ConnectMode mode) {
        this.mode = mode;
    }

    /** {@return protocol as configured, null if not} */
    public @Nullable QmpPeerProtocol getProtocol() {
        return protocol;
    }

    /** Sets protocol. */
    public void setProtocol(@Nullable QmpPeerProtocol protocol) {
        this.protocol = protocol;
    }

    /** {@return awaitGreeting as configured, null if not} */
    public @Nullable Boolean getAwaitGreeting() {
        return awaitGreeting;
    }

    /** Sets awaitGreeting. */
    public void setAwaitGreeting(@Nullable Boolean awaitGreeting) {
        this.awaitGreeting = awaitGreeting;
    }

    /** {@return negotiate as configured, null if not} */
    public @Nullable Boolean getNegotiate() {
        return negotiate;
    }

    /** Sets negotiate. */
    public void setNegotiate(@Nullable Boolean negotiate) {
        this.negotiate = negotiate;
    }

    /** {@return primary as configured, null if not} */
    public @Nullable Boolean getPrimary() {
        return primary;
    }

    /** Sets primary. */
    public void setPrimary(@Nullable Boolean primary) {
        this.primary = primary;
    }

    /** {@return autoStartup as configured, null if not} */
    public @Nullable Boolean getAutoStartup() {
        return autoStartup;
    }

    /** Sets autoStartup. */
    public void setAutoStartup(@Nullable Boolean autoStartup) {
        this.autoStartup = autoStartup;
    }

    /** {@return failFast as configured, null if not} */
    public @Nullable Boolean getFailFast() {
        return failFast;
    }

    /** Sets failFast. */
    public void setFailFast(@Nullable Boolean failFast) {
        this.failFast = failFast;
    }

    /** {@return connectTimeout as configured, null if not} */
    public @Nullable Duration getConnectTimeout() {
        return connectTimeout;
    }

    /** Sets connectTimeout. */
    public void setConnectTimeout(@Nullable Duration connectTimeout) {
        this.connectTimeout = connectTimeout;
    }

    /** {@return handshakeTimeout as configured, null if not} */
    public @Nullable Duration getHandshakeTimeout() {
        return handshakeTimeout;
    }

    /** Sets handshakeTimeout. */
    public void setHandshakeTimeout(@Nullable Duration handshakeTimeout) {
        this.handshakeTimeout = handshakeTimeout;
    }

    /** {@return writeTimeout as configured, null if not} */
    public @Nullable Duration getWriteTimeout() {
        return writeTimeout;
    }

    /** Sets writeTimeout. */
    public void setWriteTimeout(@Nullable Duration writeTimeout) {
        this.writeTimeout = writeTimeout;
    }

    /** {@return commandTimeout as configured, null if not} */
    public @Nullable Duration getCommandTimeout() {
        return commandTimeout;
    }

    /** Sets commandTimeout. */
    public void setCommandTimeout(@Nullable Duration commandTimeout) {
        this.commandTimeout = commandTimeout;
    }

    /** {@return disconnectTimeout as configured, null if not} */
    public @Nullable Duration getDisconnectTimeout() {
        return disconnectTimeout;
    }

    /** Sets disconnectTimeout. */
    public void setDisconnectTimeout(@Nullable Duration disconnectTimeout) {
        this.disconnectTimeout = disconnectTimeout;
    }

    /** {@return livenessTimeout as configured, null if not} */
    public @Nullable Duration getLivenessTimeout() {
        return livenessTimeout;
    }

    /** Sets livenessTimeout. */
    public void setLivenessTimeout(@Nullable Duration livenessTimeout) {
        this.livenessTimeout = livenessTimeout;
    }

    /** {@return identityPolicy as configured, null if not} */
    public @Nullable IdentityPolicy getIdentityPolicy() {
        return identityPolicy;
    }

    /** Sets identityPolicy. */
    public void setIdentityPolicy(@Nullable IdentityPolicy identityPolicy) {
        this.identityPolicy = identityPolicy;
    }

    /** {@return commandCheck as configured, null if not} */
    public @Nullable CommandCheck getCommandCheck() {
        return commandCheck;
    }

    /** Sets commandCheck. */
    public void setCommandCheck(@Nullable CommandCheck commandCheck) {
        this.commandCheck = commandCheck;
    }

    /** {@return commandIds as configured, null if not} */
    public @Nullable Boolean getCommandIds() {
        return commandIds;
    }

    /** Sets commandIds. */
    public void setCommandIds(@Nullable Boolean commandIds) {
        this.commandIds = commandIds;
    }

    /** {@return watchSocket as configured, null if not} */
    public @Nullable Boolean getWatchSocket() {
        return watchSocket;
    }

    /** Sets watchSocket. */
    public void setWatchSocket(@Nullable Boolean watchSocket) {
        this.watchSocket = watchSocket;
    }

    /** {@return wireLog as configured, null if not} */
    public @Nullable Boolean getWireLog() {
        return wireLog;
    }

    /** Sets wireLog. */
    public void setWireLog(@Nullable Boolean wireLog) {
        this.wireLog = wireLog;
    }

    /** {@return outOfBand as configured, null if not} */
    public @Nullable Boolean getOutOfBand() {
        return outOfBand;
    }

    /** Sets outOfBand. */
    public void setOutOfBand(@Nullable Boolean outOfBand) {
        this.outOfBand = outOfBand;
    }

    /** {@return fileDescriptors as configured, null if not} */
    public @Nullable Boolean getFileDescriptors() {
        return fileDescriptors;
    }

    /** Sets fileDescriptors. */
    public void setFileDescriptors(@Nullable Boolean fileDescriptors) {
        this.fileDescriptors = fileDescriptors;
    }

    /** {@return maxInFlight as configured, null if not} */
    public @Nullable Integer getMaxInFlight() {
        return maxInFlight;
    }

    /** Sets maxInFlight. */
    public void setMaxInFlight(@Nullable Integer maxInFlight) {
        this.maxInFlight = maxInFlight;
    }

    /** {@return queueCapacity as configured, null if not} */
    public @Nullable Integer getQueueCapacity() {
        return queueCapacity;
    }

    /** Sets queueCapacity. */
    public void setQueueCapacity(@Nullable Integer queueCapacity) {
        this.queueCapacity = queueCapacity;
    }

    /** {@return eventCapacity as configured, null if not} */
    public @Nullable Integer getEventCapacity() {
        return eventCapacity;
    }

    /** Sets eventCapacity. */
    public void setEventCapacity(@Nullable Integer eventCapacity) {
        this.eventCapacity = eventCapacity;
    }

    /** {@return maxMessageSize as configured, null if not} */
    public @Nullable DataSize getMaxMessageSize() {
        return maxMessageSize;
    }

    /** Sets maxMessageSize. */
    public void setMaxMessageSize(@Nullable DataSize maxMessageSize) {
        this.maxMessageSize = maxMessageSize;
    }

    /** {@return maxCommandSize as configured, null if not} */
    public @Nullable DataSize getMaxCommandSize() {
        return maxCommandSize;
    }

    /** Sets maxCommandSize. */
    public void setMaxCommandSize(@Nullable DataSize maxCommandSize) {
        this.maxCommandSize = maxCommandSize;
    }

    /** {@return reachableFrom as configured, null if not} */
    public @Nullable List<String> getReachableFrom() {
        return reachableFrom;
    }

    /** Sets reachableFrom. */
    public void setReachableFrom(@Nullable List<String> reachableFrom) {
        this.reachableFrom = reachableFrom;
    }

    /** {@return the properties of reconnecting} */
    public QmpReconnectProperties getReconnect() {
        return reconnect;
    }

    /** {@return the properties of the command policy} */
    public QmpCommandsProperties getCommands() {
        return commands;
    }

    /** {@return the properties of TLS} */
    public QmpSslProperties getSsl() {
        return ssl;
    }
}

package dev.qmp;

import dev.qmp.error.Text;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.ProtocolOptions;
import java.time.Duration;
import java.util.List;

/**
 * The options with which a client was built, the defaults included. Immutable. {@link QmpClient#options()} has them.
 */
public final class QmpClientOptions {

    /** The default of every option. The name is {@code qmp}. */
    public static final QmpClientOptions DEFAULTS =
            new QmpClientOptions(QmpClient.builder(Endpoint.tcp("localhost", 0))); // the endpoint is no option

    private final ProtocolOptions protocol;
    private final ConnectMode mode;
    private final Duration commandTimeout;
    private final Duration livenessTimeout;
    private final int maxInFlight;
    private final int queueCapacity;
    private final int eventCapacity;
    private final boolean outOfBand;
    private final boolean awaitGreeting;
    private final boolean negotiate;
    private final IdentityPolicy identityPolicy;
    private final ReconnectPolicy reconnect;
    private final CommandCheck commandCheck;
    private final CommandPolicy commandPolicy;
    private final List<CommandObserver> commandObservers;
    private final List<TaskObserver> taskObservers;
    private final boolean commandIds;
    private final boolean watchSocket;
    private final boolean wireLog;
    private final boolean synchronizeFirst;

    /** Copies the builder's present values. */
    QmpClientOptions(QmpClientBuilder builder) {
        this.protocol = builder.protocol.build();
        this.mode = builder.mode;
        this.commandTimeout = builder.commandTimeout;
        this.livenessTimeout = builder.livenessTimeout;
        this.maxInFlight = builder.maxInFlight;
        this.queueCapacity = builder.queueCapacity;
        this.eventCapacity = builder.eventCapacity;
        this.outOfBand = builder.outOfBand;
        this.awaitGreeting = builder.awaitGreeting;
        this.negotiate = builder.negotiate;
        this.identityPolicy = builder.identityPolicy;
        this.reconnect = builder.reconnect;
        this.commandCheck = builder.commandCheck;
        this.commandPolicy = builder.commandPolicy;
        this.commandObservers = List.copyOf(builder.commandObservers);
        this.taskObservers = List.copyOf(builder.taskObservers);
        this.commandIds = builder.commandIds;
        this.watchSocket = builder.watchSocket;
        this.wireLog = builder.wireLog;
        this.synchronizeFirst = builder.synchronizeFirst;
    }

    /** {@return name, threads, deadlines and bounds of the connection} */
    public ProtocolOptions protocol() {
        return protocol;
    }

    /** {@return which side dials} */
    public ConnectMode mode() {
        return mode;
    }

    /** {@return how long a command may take from its issue to its reply, the time in the queue included} */
    public Duration commandTimeout() {
        return commandTimeout;
    }

    /** {@return how long the server may send nothing before the probe, and again after it; zero for no check} */
    public Duration livenessTimeout() {
        return livenessTimeout;
    }

    /**
     * {@return the maximum number of commands in band on the wire if out-of-band execution is enabled} Without it the
     * maximum is 1.
     */
    public int maxInFlight() {
        return maxInFlight;
    }

    /** {@return the maximum number of commands that are accepted and not yet written} */
    public int queueCapacity() {
        return queueCapacity;
    }

    /** {@return the maximum number of unread signals of a listener without options of its own} */
    public int eventCapacity() {
        return eventCapacity;
    }

    /** {@return whether to enable out-of-band execution if the server offers it} */
    public boolean outOfBand() {
        return outOfBand;
    }

    /** {@return whether the server greets} */
    public boolean awaitGreeting() {
        return awaitGreeting;
    }

    /** {@return whether to negotiate capabilities} */
    public boolean negotiate() {
        return negotiate;
    }

    /** {@return whether another machine is accepted} */
    public IdentityPolicy identityPolicy() {
        return identityPolicy;
    }

    /** {@return when the client tries again} */
    public ReconnectPolicy reconnect() {
        return reconnect;
    }

    /** {@return whether commands are checked before they are sent} */
    public CommandCheck commandCheck() {
        return commandCheck;
    }

    /** {@return which commands are sent} */
    public CommandPolicy commandPolicy() {
        return commandPolicy;
    }

    /** {@return the observers of all commands, in the order in which they are called} */
    public List<CommandObserver> commandObservers() {
        return commandObservers;
    }

    /** {@return the observers of all tasks, in the order in which they are called} */
    public List<TaskObserver> taskObservers() {
        return taskObservers;
    }

    /** {@return whether commands to a guest agent have ids} */
    public boolean commandIds() {
        return commandIds;
    }

    /** {@return whether the file of a Unix socket is watched between attempts} */
    public boolean watchSocket() {
        return watchSocket;
    }

    /** {@return whether the logger {@code dev.qmp.wire} logs the messages} */
    public boolean wireLog() {
        return wireLog;
    }

    /** {@return whether a session with a guest agent begins with {@code guest-sync-delimited}} */
    public boolean synchronizeFirst() {
        return synchronizeFirst;
    }

    /** {@return whether the server is a guest agent: it neither greets nor negotiates} */
    public boolean isGuestAgent() {
        return !awaitGreeting && !negotiate;
    }

    /** {@return the client's name and the mode} The text has no value that the application's own classes supply. */
    @Override
    public String toString() {
        return "QmpClientOptions[" + Text.printable(protocol.name()) + ", " + mode + "]";
    }
}

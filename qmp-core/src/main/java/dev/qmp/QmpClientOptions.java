package dev.qmp;

import dev.qmp.protocol.ProtocolOptions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The options with which a client was built.
 *
 * @param protocol name, threads, deadlines and bounds of the connection
 * @param mode which side dials
 * @param commandTimeout how long a command may take from its issue to its reply, the time in the queue included
 * @param livenessTimeout how long the server may send nothing before the probe, and again after it; zero for no check
 * @param maxInFlight the number of commands in band on the wire at a time if out-of-band execution is enabled; without
 *     it the number is 1
 * @param queueCapacity the number of commands that are accepted and not yet written
 * @param eventCapacity the number of unread signals that a listener holds by default
 * @param outOfBand whether to enable out-of-band execution if the server offers it
 * @param awaitGreeting whether the server greets
 * @param negotiate whether to negotiate capabilities
 * @param identityPolicy whether another machine is accepted
 * @param reconnect when the client tries again
 * @param commandCheck whether commands are checked before they are sent
 * @param commandPolicy which commands are sent
 * @param commandObservers the observers of all commands, in the order in which they are called
 * @param taskObservers the observers of all tasks, in the order in which they are called
 * @param commandIds whether commands to a guest agent have ids
 * @param watchSocket whether the file of a Unix socket is watched between attempts
 * @param wireLog whether the logger {@code dev.qmp.wire} logs the messages
 * @param synchroniseFirst whether a session with a guest agent begins with {@code guest-sync-delimited}
 */
public record QmpClientOptions(
        ProtocolOptions protocol,
        ConnectMode mode,
        Duration commandTimeout,
        Duration livenessTimeout,
        int maxInFlight,
        int queueCapacity,
        int eventCapacity,
        boolean outOfBand,
        boolean awaitGreeting,
        boolean negotiate,
        IdentityPolicy identityPolicy,
        ReconnectPolicy reconnect,
        CommandCheck commandCheck,
        CommandPolicy commandPolicy,
        List<CommandObserver> commandObservers,
        List<TaskObserver> taskObservers,
        boolean commandIds,
        boolean watchSocket,
        boolean wireLog,
        boolean synchroniseFirst) {
    /** Refuses missing components. */
    public QmpClientOptions {
        Objects.requireNonNull(commandPolicy, "commandPolicy");
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(commandTimeout, "commandTimeout");
        Objects.requireNonNull(livenessTimeout, "livenessTimeout");
        Objects.requireNonNull(identityPolicy, "identityPolicy");
        Objects.requireNonNull(reconnect, "reconnect");
        Objects.requireNonNull(commandCheck, "commandCheck");
        Objects.requireNonNull(commandObservers, "commandObservers");
        Objects.requireNonNull(taskObservers, "taskObservers");
    }

    /** {@return whether the server is a guest agent: it neither greets nor negotiates} */
    public boolean isGuestAgent() {
        return !awaitGreeting && !negotiate;
    }
}

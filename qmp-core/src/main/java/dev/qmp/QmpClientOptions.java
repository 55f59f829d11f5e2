package dev.qmp;

import dev.qmp.protocol.ProtocolOptions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a client was built with.
 *
 * @param protocol name, threads, deadlines and bounds of the connection
 * @param mode which side dials
 * @param commandTimeout how long a command may take from its issue to its reply, the time in the queue included
 * @param livenessTimeout how long the server may send nothing before it is probed, and then again; zero for no check
 * @param maxInFlight commands in band on the wire at a time when out-of-band is enabled; 1 is all a server takes
 *     without
 * @param queueCapacity commands accepted and not yet written
 * @param eventCapacity unread signals a listener holds if it does not say otherwise
 * @param outOfBand whether to enable out-of-band execution where it is offered
 * @param awaitGreeting whether the server greets
 * @param negotiate whether to negotiate capabilities
 * @param identityPolicy whether another machine is taken
 * @param reconnect when to try again
 * @param commandCheck whether commands are checked before they are sent
 * @param commandPolicy which commands are sent
 * @param commandObservers the observers of all commands, in the order in which they are called
 * @param taskObservers the observers of all tasks, in the order in which they are called
 * @param commandIds whether commands to a guest agent have ids
 * @param watchSocket whether the file of a Unix socket is watched between attempts
 * @param wireLog whether the logger {@code dev.qmp.wire} shows the messages
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

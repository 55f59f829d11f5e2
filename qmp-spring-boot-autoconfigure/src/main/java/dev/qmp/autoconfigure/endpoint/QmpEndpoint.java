package dev.qmp.autoconfigure.endpoint;

import dev.qmp.CommandInFlight;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.ReconnectState;
import dev.qmp.SessionEnd;
import dev.qmp.autoconfigure.ClientStarter;
import dev.qmp.autoconfigure.QmpFailureHint;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.error.Text;
import dev.qmp.message.InternalApi;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.Runstate;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpFleet;
import dev.qmp.spring.QmpMachine;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.Sanitizer;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * The endpoint {@code qmp}: the state of all connections, from memory. With {@code
 * management.endpoint.qmp.access=unrestricted} it also starts, stops and reconnects one connection. It executes no
 * command, because a command is power over the host. Addresses, and errors that may quote them, are sanitized unless
 * {@code management.endpoint.qmp.show-values} shows them.
 */
@Endpoint(id = "qmp", defaultAccess = Access.READ_ONLY)
public class QmpEndpoint {

    private static final SafeLog LOGGER = SafeLog.of(QmpEndpoint.class);

    private final QmpClients clients;
    private final EventCounts eventCounts;
    private final Sanitizer sanitizer;
    private final Show showValues;
    private final Supplier<@Nullable QmpFleet> fleet;
    private final ClientStarter starter;

    /**
     * Creates the endpoint. It counts events from now on.
     *
     * @param fleet supplies the fleet that shares the connections; null if there is none
     * @param starter starts clients again
     */
    public QmpEndpoint(
            QmpClients clients,
            Collection<SanitizingFunction> sanitizingFunctions,
            Show showValues,
            Supplier<@Nullable QmpFleet> fleet,
            ClientStarter starter) {
        this.clients = clients;
        this.fleet = fleet;
        this.starter = starter;
        this.eventCounts = new EventCounts(clients);
        this.sanitizer = new Sanitizer(sanitizingFunctions);
        this.showValues = showValues;
    }

    /** {@return all connections} */
    @ReadOperation
    public ConnectionsDescriptor connections() {
        return connections(showValues.isShown(true));
    }

    /** {@return one connection, null if no connection has this name} */
    @ReadOperation
    public @Nullable ConnectionDescriptor connection(@Selector String name) {
        return connection(name, showValues.isShown(true));
    }

    /**
     * Starts, stops or reconnects one connection. Returns at once, because the action goes on in the background.
     *
     * @return the connection, null if no connection has this name
     * @throws InvalidEndpointRequestException if another instance of a fleet holds the connection
     */
    @WriteOperation
    public @Nullable ConnectionDescriptor control(@Selector String name, ConnectionAction action) {
        return control(name, action, showValues.isShown(true));
    }

    @Nullable
    ConnectionDescriptor control(String name, ConnectionAction action, boolean showUnsanitized) {
        QmpClient client = clients.find(name).orElse(null);
        if (client == null) {
            return null;
        }
        refuseIfHeldElsewhere(name);
        LOGGER.info("QMP connection '" + Text.printable(name) + "': the endpoint requests " + action);
        action.perform(name, client, starter);
        return describe(name, client, showUnsanitized);
    }

    /** In a fleet, this instance's client would be a second one at the monitor. */
    private void refuseIfHeldElsewhere(String name) {
        QmpFleet shared = fleet.get();
        QmpMachine machine = shared == null ? null : shared.machine(name).orElse(null);
        if (shared != null && machine != null && !shared.isHeldHere(name)) {
            String owner = machine.owner() == null
                    ? "no instance"
                    : "instance " + machine.owner() + " (" + machine.host() + ")";
            throw new InvalidEndpointRequestException(
                    "QMP connection '" + Text.printable(name) + "' is held by " + owner
                            + " of the fleet, and not by this one",
                    "Send the request to the instance that holds the connection");
        }
    }

    ConnectionsDescriptor connections(boolean showUnsanitized) {
        Map<String, ConnectionDescriptor> connections = new LinkedHashMap<>();
        clients.asMap().forEach((name, client) -> connections.put(name, describe(name, client, showUnsanitized)));
        return new ConnectionsDescriptor(connections);
    }

    @Nullable
    ConnectionDescriptor connection(String name, boolean showUnsanitized) {
        return clients.find(name)
                .map(client -> describe(name, client, showUnsanitized))
                .orElse(null);
    }

    private ConnectionDescriptor describe(String name, QmpClient client, boolean showUnsanitized) {
        QmpClientStatus status = client.status();
        QmpGreeting greeting = status.greeting();
        Throwable lastError = status.lastError();
        return new ConnectionDescriptor(
                sanitizeEndpoint("address", client.endpoint(), showUnsanitized),
                status.runstate(),
                status.since(),
                greeting == null ? null : greeting.version().toString(),
                greeting == null ? Set.of() : printable(greeting.capabilities()),
                status.outOfBand(),
                status.queued(),
                status.pending(),
                status.reconnects(),
                status.reconnectAttempts(),
                status.reconnecting(),
                lastError == null ? null : sanitize("lastError", Text.messageOf(lastError), showUnsanitized),
                eventCounts.of(name),
                status.eventsLost(),
                status.commands(),
                status.downSince(),
                status.nextAttempt(),
                describe(status.lastEnd(), showUnsanitized),
                QmpFailureHint.of(name, status),
                new PolicyDescriptor(
                        status.commandPolicy().allow(), status.commandPolicy().deny()),
                status.commandsRefused(),
                machine(name, showUnsanitized),
                status.reconnectState(),
                status.lateReplies(),
                status.strayReplies(),
                sanitizeEndpoint("listeningOn", status.listeningOn(), showUnsanitized));
    }

    private static Set<String> printable(Set<String> capabilities) {
        return capabilities.stream().map(Text::printable).collect(Collectors.toCollection(TreeSet::new));
    }

    private @Nullable MachineDescriptor machine(String name, boolean showUnsanitized) {
        QmpFleet shared = fleet.get();
        if (shared == null) {
            return null;
        }
        return shared.machine(name)
                .map(machine -> new MachineDescriptor(
                        machine.owner(),
                        machine.host(),
                        shared.isHeldHere(name),
                        machine.runstate(),
                        machine.since(),
                        machine.qemuVersion(),
                        machine.lastError() == null
                                ? null
                                : sanitize("lastError", machine.lastError(), showUnsanitized),
                        machine.heldByAnother()))
                .orElse(null);
    }

    private @Nullable EndDescriptor describe(@Nullable SessionEnd end, boolean showUnsanitized) {
        if (end == null) {
            return null;
        }
        Throwable cause = end.cause();
        String reason = end.shutdownReason();
        return new EndDescriptor(
                end.kind(),
                end.at(),
                reason == null ? null : Text.printable(reason),
                cause == null ? null : sanitize("cause", Text.messageOf(cause), showUnsanitized));
    }

    private @Nullable String sanitizeEndpoint(
            String key, dev.qmp.protocol.@Nullable Endpoint endpoint, boolean showUnsanitized) {
        return endpoint == null ? null : sanitize(key, Text.printableSentence(endpoint.toString()), showUnsanitized);
    }

    private @Nullable String sanitize(String key, String value, boolean showUnsanitized) {
        Object sanitized = sanitizer.sanitize(new SanitizableData(null, key, value), showUnsanitized);
        return sanitized == null ? null : sanitized.toString();
    }

    /**
     * All connections.
     *
     * @param connections the connections by name
     */
    public record ConnectionsDescriptor(Map<String, ConnectionDescriptor> connections)
            implements OperationResponseBody {}

    /**
     * One connection.
     *
     * @param address the machine's address, sanitized
     * @param runstate the connection's runstate
     * @param since when the runstate was entered
     * @param qemuVersion the version in the greeting of this session, or of the last; null before the first
     * @param capabilities the capabilities of the greeting
     * @param outOfBand whether out-of-band execution is on
     * @param queued commands accepted, not yet written
     * @param pending commands written that await their reply
     * @param reconnects sessions established again after a loss
     * @param reconnectAttempts failed attempts since the last session
     * @param reconnecting whether a session is made again by itself; false after a failure that ended the attempts
     * @param lastError why there is no session, sanitized; null if there is one, or if none was requested
     * @param events the number of events by name
     * @param eventsLost the number of events lost because listeners were too slow
     * @param commands the oldest commands in flight: name, age and stage, never their arguments
     * @param downSince since when there is no session; null while there is one
     * @param nextAttempt when the next attempt begins; null if none is scheduled
     * @param lastEnd why and when the last session ended; null before the first end, and while there is a session
     * @param hint the property that the failure concerns, and the remedy; null if no property concerns it
     * @param commandPolicy the policy for commands
     * @param commandsRefused the number of commands that the policy has refused
     * @param machine what the connection's owner reports, on each instance of a fleet; null without a fleet
     * @param reconnectState what the client does about its next session, such as {@code WAITING} for an attempt
     * @param lateReplies replies dropped after their commands were cancelled or timed out
     * @param strayReplies replies dropped because they belong to no command of their session
     * @param listeningOn the endpoint on which the client listens for its machine now, with the real port instead of
     *     port 0, sanitized; null if it does not listen
     */
    public record ConnectionDescriptor(
            @Nullable String address,
            Runstate runstate,
            Instant since,
            @Nullable String qemuVersion,
            Set<String> capabilities,
            boolean outOfBand,
            int queued,
            int pending,
            long reconnects,
            int reconnectAttempts,
            boolean reconnecting,
            @Nullable String lastError,
            Map<String, Long> events,
            long eventsLost,
            List<CommandInFlight> commands,
            @Nullable Instant downSince,
            @Nullable Instant nextAttempt,
            @Nullable EndDescriptor lastEnd,
            @Nullable String hint,
            PolicyDescriptor commandPolicy,
            long commandsRefused,
            @Nullable MachineDescriptor machine,
            ReconnectState reconnectState,
            long lateReplies,
            long strayReplies,
            @Nullable String listeningOn)
            implements OperationResponseBody {

        /** Creates the answer. */
        @InternalApi
        public ConnectionDescriptor {}
    }

    /**
     * A machine as its owner in a fleet reports it.
     *
     * @param owner the id of the instance that holds it; null if there is none
     * @param host the owner's host and process
     * @param heldHere whether this instance is the owner
     * @param runstate the owner's runstate
     * @param since when the runstate was entered
     * @param qemuVersion the version of the session, or of the last one
     * @param lastError why there is no session, sanitized
     * @param heldByAnother whether another client holds the monitor
     */
    public record MachineDescriptor(
            @Nullable String owner,
            @Nullable String host,
            boolean heldHere,
            Runstate runstate,
            @Nullable Instant since,
            @Nullable String qemuVersion,
            @Nullable String lastError,
            boolean heldByAnother) {}

    /**
     * Which commands a connection sends.
     *
     * @param allow names, patterns, and presets of permitted commands; empty for all that are not denied
     * @param deny names and patterns of refused commands
     */
    public record PolicyDescriptor(List<String> allow, List<String> deny) {}

    /**
     * The end of a session.
     *
     * @param kind which side ended it, and how
     * @param at when
     * @param reason the reason that the machine gave, escaped; null if it gave none
     * @param cause the failure that ended the session, sanitized; null if there was none
     */
    public record EndDescriptor(SessionEnd.Kind kind, Instant at, @Nullable String reason, @Nullable String cause) {}
}

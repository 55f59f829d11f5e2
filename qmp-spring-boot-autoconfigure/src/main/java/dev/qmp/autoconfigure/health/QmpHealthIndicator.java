package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClientStatus;
import dev.qmp.SessionEnd;
import dev.qmp.autoconfigure.QmpFailureHint;
import dev.qmp.error.Text;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * The health of one connection: UP while its session is negotiated, UNKNOWN before the first session was requested,
 * {@link #SHUT_DOWN} after the machine ended in order, {@link #AGENT_SILENT} while no guest agent replies, DOWN
 * otherwise. Read from memory, so that a machine that hangs does not delay it.
 */
final class QmpHealthIndicator implements HealthIndicator {

    /** The machine was shut down by its guest, a command or its host. */
    static final Status SHUT_DOWN = new Status("SHUT_DOWN", "the machine was shut down in good order");

    /** The connection to a guest agent is open, and no agent replies. */
    static final Status AGENT_SILENT = new Status("AGENT_SILENT", "no guest agent replies behind the open connection");

    /** The connection is down, and {@code qmp.health} does not require it. */
    static final Status TOLERATED = new Status("DOWN_TOLERATED", "qmp.health does not require this connection");

    private final String name;
    private final QmpClientStatus client;
    private final @Nullable String guestStatus;
    private final AgentWatch.@Nullable Answer agent;
    private final Status status;

    QmpHealthIndicator(
            String name,
            QmpClientStatus client,
            @Nullable String guestStatus,
            AgentWatch.@Nullable Answer agent,
            HealthRules rules) {
        this(name, client, guestStatus, agent, statusOf(client, guestStatus, agent, rules));
    }

    private QmpHealthIndicator(
            String name,
            QmpClientStatus client,
            @Nullable String guestStatus,
            AgentWatch.@Nullable Answer agent,
            Status status) {
        this.name = name;
        this.client = client;
        this.guestStatus = guestStatus;
        this.agent = agent;
        this.status = status;
    }

    /** {@return the health of a connection that this instance of the fleet does not hold} */
    static QmpHealthIndicator heldElsewhere(String name, QmpClientStatus client) {
        return new QmpHealthIndicator(name, client, null, null, Status.UNKNOWN);
    }

    boolean isUp() {
        return status.equals(Status.UP);
    }

    boolean isDown() {
        return status.equals(Status.DOWN);
    }

    /** {@return a copy with TOLERATED in the place of DOWN} */
    QmpHealthIndicator tolerated() {
        return isDown() ? new QmpHealthIndicator(name, client, guestStatus, agent, TOLERATED) : this;
    }

    @Override
    public Health health() {
        Health.Builder health = Health.status(status)
                .withDetail("runstate", client.runstate())
                .withDetail("since", client.since())
                .withDetail("queueDepth", client.queued())
                .withDetail("reconnectAttempts", client.reconnectAttempts())
                .withDetail("reconnecting", client.reconnecting());
        if (client.greeting() != null) {
            health.withDetail("qemuVersion", client.greeting().version().toString());
        }
        if (guestStatus != null) {
            health.withDetail("guestStatus", guestStatus);
        }
        if (agent != null) {
            health.withDetail("agentListening", agent.listening()).withDetail("agentAskedAt", agent.at());
        }
        if (client.downSince() != null) {
            health.withDetail("downSince", client.downSince());
        }
        if (client.nextAttempt() != null) {
            health.withDetail("nextAttempt", client.nextAttempt());
        }
        if (client.lastEnd() != null) {
            health.withDetail("lastEnd", describe(client.lastEnd()));
        }
        if (client.lastError() != null) {
            // the text, not the exception, because Boot would log its stack trace at every poll
            health.withDetail("lastError", Text.messageOf(client.lastError()));
        }
        String hint = QmpFailureHint.of(name, client);
        if (hint != null) {
            health.withDetail("hint", hint);
        }
        return health.build();
    }

    private static Map<String, Object> describe(SessionEnd end) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("kind", end.kind());
        description.put("at", end.at());
        if (end.shutdownReason() != null) {
            description.put("reason", Text.printable(end.shutdownReason()));
        }
        if (end.cause() != null) {
            description.put("cause", Text.messageOf(end.cause()));
        }
        return description;
    }

    private static Status statusOf(
            QmpClientStatus client,
            @Nullable String guestStatus,
            AgentWatch.@Nullable Answer agent,
            HealthRules rules) {
        if (client.runstate() == Runstate.RUNNING) {
            if (agent != null && !agent.listening()) {
                return rules.silentAgent() ? Status.DOWN : AGENT_SILENT;
            }
            return guestStatus != null && rules.guestStatuses().contains(guestStatus) ? Status.DOWN : Status.UP;
        }
        SessionEnd end = client.lastEnd();
        if (end != null && end.kind().isShutdown() && !rules.shutDown() && !hasGivenUp(client)) {
            return SHUT_DOWN;
        }
        boolean untouched = client.runstate() == Runstate.IDLE
                && end == null
                && client.greeting() == null
                && client.lastError() == null
                && client.reconnectAttempts() == 0;
        return untouched ? Status.UNKNOWN : Status.DOWN;
    }

    /** {@return whether the client needs a change before another attempt, such as one of its configuration} */
    private static boolean hasGivenUp(QmpClientStatus client) {
        return client.lastError() instanceof QmpConnectException failure && !failure.isRetryable();
    }
}

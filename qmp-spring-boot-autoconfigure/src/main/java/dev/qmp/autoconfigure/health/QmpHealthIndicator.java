package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.protocol.Runstate;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * The health of one connection: UP while its session is negotiated, UNKNOWN as long as nobody wanted one, DOWN otherwise.
 * Answers from memory, so that a machine that hangs cannot hang it.
 */
final class QmpHealthIndicator implements HealthIndicator {

    private final QmpClient client;
    private final @Nullable String guestStatus;
    private final Set<String> statusesThatAreDown;

    QmpHealthIndicator(QmpClient client, @Nullable String guestStatus, Set<String> statusesThatAreDown) {
        this.client = client;
        this.guestStatus = guestStatus;
        this.statusesThatAreDown = statusesThatAreDown;
    }

    @Override
    public Health health() {
        QmpClientStatus status = client.status();
        Health.Builder health = builder(status)
                .withDetail("runstate", status.runstate())
                .withDetail("since", status.since())
                .withDetail("queueDepth", status.queued())
                .withDetail("reconnectAttempts", status.reconnectAttempts())
                .withDetail("reconnecting", status.reconnecting());
        if (status.greeting() != null) {
            health.withDetail("qemuVersion", status.greeting().version().toString());
        }
        if (guestStatus != null) {
            health.withDetail("guestStatus", guestStatus);
        }
        if (status.lastError() != null) {
            // the text, not the exception: Boot would log its trace at every poll
            health.withDetail("lastError", String.valueOf(status.lastError().getMessage()));
        }
        return health.build();
    }

    private Health.Builder builder(QmpClientStatus status) {
        if (status.runstate() == Runstate.RUNNING) {
            boolean guestIsDown = guestStatus != null && statusesThatAreDown.contains(guestStatus);
            return guestIsDown ? Health.down() : Health.up();
        }
        boolean untouched = status.runstate() == Runstate.IDLE
                && status.greeting() == null
                && status.lastError() == null
                && status.reconnectAttempts() == 0;
        return untouched ? Health.unknown() : Health.down();
    }
}

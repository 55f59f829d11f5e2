package dev.qmp.spring;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;

/**
 * A machine of the fleet has another owner. Every instance publishes it. No instance received the machine's events between
 * the end of the previous owner's session and the next {@code RUNNING} of the new owner's client: a listener that follows a
 * machine's state asks for it anew then.
 */
public class QmpOwnerChangedEvent extends ApplicationEvent {

    private static final long serialVersionUID = 1L;

    private final String connectionName;
    private final @Nullable String previousOwner;
    private final String owner;
    private final boolean ownedHere;
    private final @Nullable Instant releasedAt;

    /** Creates the event. */
    public QmpOwnerChangedEvent(
            QmpFleet fleet,
            String connectionName,
            @Nullable String previousOwner,
            String owner,
            @Nullable Instant releasedAt) {
        super(fleet);
        this.connectionName = connectionName;
        this.previousOwner = previousOwner;
        this.owner = owner;
        this.ownedHere = owner.equals(fleet.instance());
        this.releasedAt = releasedAt;
    }

    /** {@return the connection's name} */
    public String getConnectionName() {
        return connectionName;
    }

    /** {@return the id of the instance that held it before; null if none did} */
    public @Nullable String getPreviousOwner() {
        return previousOwner;
    }

    /** {@return the id of the instance that holds it now} */
    public String getOwner() {
        return owner;
    }

    /** {@return whether this instance holds it now} */
    public boolean isOwnedHere() {
        return ownedHere;
    }

    /**
     * {@return since when events may have been missed: when the previous owner's session had ended by its clock} Null if the
     * previous owner was lost, because only its last report is known then, and if there was none.
     */
    public @Nullable Instant getReleasedAt() {
        return releasedAt;
    }
}

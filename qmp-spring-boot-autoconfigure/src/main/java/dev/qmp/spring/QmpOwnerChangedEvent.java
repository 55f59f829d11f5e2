package dev.qmp.spring;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;

/**
 * The owner of a machine in the fleet has changed. Published on every instance. No instance received the machine's
 * events between the end of the previous owner's session and the next {@code RUNNING} of the new owner's client. So
 * a listener that tracks the machine's state queries it again at that {@code RUNNING}.
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

    /** {@return the id of the previous owner; null if there was none} */
    public @Nullable String getPreviousOwner() {
        return previousOwner;
    }

    /** {@return the id of the new owner} */
    public String getOwner() {
        return owner;
    }

    /** {@return whether this instance is the new owner} */
    public boolean isOwnedHere() {
        return ownedHere;
    }

    /**
     * {@return when the previous owner's session ended, by its clock: events may have been missed since then} Null
     * if there was no previous owner, or if it was lost, because then only its last report is known.
     */
    public @Nullable Instant getReleasedAt() {
        return releasedAt;
    }
}

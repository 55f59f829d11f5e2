package dev.qmp.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;

/** Events that every instance should have received as {@link QmpFleetEvent} were lost, at the owner or on the way. */
public class QmpFleetEventsLostEvent extends ApplicationEvent {

    /** The count of lost events if it is unknown. */
    public static final long UNKNOWN = -1;

    private static final long serialVersionUID = 1L;

    private final @Nullable String connectionName;
    private final long lost;

    /** Creates the event. */
    public QmpFleetEventsLostEvent(QmpFleet fleet, @Nullable String connectionName, long lost) {
        super(fleet);
        this.connectionName = connectionName;
        this.lost = lost;
    }

    /** {@return the connection whose owner lost them; null if they were lost on the way, from any connection} */
    public @Nullable String getConnectionName() {
        return connectionName;
    }

    /**
     * {@return the number of lost events, at least; {@link #UNKNOWN} after a merge of clusters} If the owner's own
     * report of a loss is lost on the way, it counts as one event. An event counts as lost if Hazelcast has reported a
     * failure to the owner, although an instance may have received it.
     */
    public long getLost() {
        return lost;
    }
}

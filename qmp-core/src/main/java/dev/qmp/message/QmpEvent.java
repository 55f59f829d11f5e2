package dev.qmp.message;

import dev.qmp.error.Text;
import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * An event of the virtual machine (QMP specification, section 2.5).
 *
 * @param name the name, such as {@code STOP} or {@code BLOCK_JOB_COMPLETED}; unknown names are permitted
 * @param data the event's data; an empty object if it has none. Treat it as read-only, because all listeners share it
 * @param timestamp when it happened by the host's clock, to the microsecond; null if the server did not know the time
 */
public record QmpEvent(String name, JsonNode data, @Nullable Instant timestamp) implements QmpMessage, Serializable {

    private static final long serialVersionUID = 1L;

    /** Refuses missing components. */
    public QmpEvent {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(data, "data");
    }

    /** {@return an event without data and with the present time} */
    public static QmpEvent of(String name) {
        Objects.requireNonNull(name, "name");
        return of(name, JsonNodeFactory.instance.objectNode());
    }

    /**
     * {@return an event with data and with the present time}
     *
     * @param data a map, a record, a class with properties or a {@link JsonNode}; it is converted at once, and so
     *     copied
     * @throws IllegalArgumentException if the data is not converted to a JSON object
     */
    public static QmpEvent of(String name, Object data) {
        Objects.requireNonNull(name, "name");
        JsonNode tree = QmpJson.toTree(data);
        if (!tree.isObject()) {
            throw new IllegalArgumentException(
                    "data of " + name + " must become a JSON object, not " + tree.getNodeType());
        }
        return new QmpEvent(name, tree, Instant.now());
    }

    /**
     * Maps the data to a record or class of the application; unknown members are ignored.
     *
     * @throws dev.qmp.error.MappingException if the data does not fit the type
     */
    public <T> T dataAs(Class<T> type) {
        Objects.requireNonNull(type, "type");
        return QmpJson.fromTree(data, type);
    }

    /** {@return the event's name, escaped, and its time, never its data} */
    @Override
    public String toString() {
        return "QmpEvent[" + Text.printable(name) + (timestamp == null ? "" : " at " + timestamp) + "]";
    }
}

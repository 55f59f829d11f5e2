package dev.qmp.message;

import dev.qmp.error.Text;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Something that happened in the virtual machine (QMP specification, section 2.5).
 *
 * @param name such as {@code STOP} or {@code BLOCK_JOB_COMPLETED}; unknown names are as good as known ones
 * @param data what the event tells; an empty object if nothing. Treat it as read-only: all listeners share it
 * @param timestamp when it happened by the host's clock, to the microsecond; null if the server could not say
 */
public record QmpEvent(String name, JsonNode data, @Nullable Instant timestamp) implements QmpMessage {
    /** Refuses missing components. */
    public QmpEvent {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(data, "data");
    }

    /** {@return an event without data, that happened now} */
    public static QmpEvent of(String name) {
        Objects.requireNonNull(name, "name");
        return of(name, JsonNodeFactory.instance.objectNode());
    }

    /**
     * {@return an event with data, that happened now}
     *
     * @param data a map, a record, a class with properties or a {@link JsonNode}; converted (and so copied) now
     * @throws IllegalArgumentException if the data does not become a JSON object
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

    /** Names the event, escaped, and its time, never its data. */
    @Override
    public String toString() {
        return "QmpEvent[" + Text.printable(name) + (timestamp == null ? "" : " at " + timestamp) + "]";
    }
}

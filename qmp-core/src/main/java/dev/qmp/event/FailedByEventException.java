package dev.qmp.event;

import dev.qmp.error.NotCompletedException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpEvent;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * The command was executed, and then an event reported that the work it had started failed: a job, an unplug, a dump.
 *
 * <p>The message names the event and quotes the server's text in its member {@code error}, escaped and cut, but no
 * other data. {@link #event()} has all data.
 */
public class FailedByEventException extends NotCompletedException {

    private static final long serialVersionUID = 1L;

    private final QmpEvent event;
    private final JsonNode result;

    /**
     * Creates the exception.
     *
     * @param commandName the command
     * @param event the event that reported the failure
     * @param result the value of the command's reply
     */
    public FailedByEventException(String commandName, QmpEvent event, JsonNode result) {
        super(
                Objects.requireNonNull(commandName, "commandName"),
                "was executed, but failed by the event " + describe(Objects.requireNonNull(event, "event")),
                null);
        this.event = event;
        this.result = Objects.requireNonNull(result, "result");
    }

    private static String describe(QmpEvent event) {
        JsonNode error = event.data().get("error");
        String name = Text.printable(event.name());
        return error != null && error.isString() ? name + ": " + Text.printable(error.stringValue()) : name;
    }

    /** {@return the event that reported the failure} */
    public QmpEvent event() {
        return event;
    }

    /** {@return the value of the command's reply; treat it as read-only} */
    public JsonNode result() {
        return result;
    }
}

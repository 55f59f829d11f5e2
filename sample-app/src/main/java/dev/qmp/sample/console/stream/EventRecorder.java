package dev.qmp.sample.console.stream;

import dev.qmp.QmpClient;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Runstate;
import dev.qmp.sample.app.GuestStatusChanged;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpEventReceivedEvent;
import dev.qmp.spring.QmpRunstateChangedEvent;
import dev.qmp.spring.QmpTaskEndedEvent;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.StringNode;

/**
 * Records the events of the starter and of {@code dev.qmp.sample.app} as JSON for all readers. It is fast, so that
 * no machine's events wait for it. Event data that is too long or too deep is left out here, because it would break
 * the stream of every reader.
 */
@Component
class EventRecorder {

    private static final int MAX_CHARACTERS = 64 * 1024;

    private final EventLog log;
    private final JsonMapper mapper;
    private final QmpClients clients;
    private final FailedAttempts attempts = new FailedAttempts();

    EventRecorder(EventLog log, JsonMapper mapper, QmpClients clients) {
        this.log = log;
        this.mapper = mapper;
        this.clients = clients;
    }

    /** Records a change of runstate, unless it only repeats the last failed attempt to connect. */
    @EventListener
    void onRunstateChange(QmpRunstateChangedEvent event) {
        if (isReplaced(event.getConnectionName(), event.getClient()) || attempts.repeats(event)) {
            return;
        }
        Throwable cause = event.getCause();
        RunstateChanged change = new RunstateChanged(
                event.getConnectionName(),
                event.getPrevious(),
                event.getCurrent(),
                cause == null ? null : cause.getMessage(),
                Instant.ofEpochMilli(event.getTimestamp()));
        log.append("runstate", mapper.writeValueAsString(change));
    }

    @EventListener
    void onQmpEvent(QmpEventReceivedEvent received) {
        if (!isReplaced(received.getConnectionName(), received.getClient())) {
            log.append("qmp", json(received.getConnectionName(), received.getEvent()));
        }
    }

    /**
     * {@return whether another client has the name of a removed one} Late events of the removed one are left out then,
     * because a reader would take them for events of the other.
     */
    private boolean isReplaced(String connection, QmpClient client) {
        return clients.find(connection).orElse(client) != client;
    }

    private String json(String connection, QmpEvent event) {
        String json;
        try {
            json = json(connection, event, event.data());
        } catch (JacksonException e) {
            return json(connection, event, StringNode.valueOf("(left out: nested too deeply)"));
        }
        return json.length() <= MAX_CHARACTERS
                ? json
                : json(connection, event, StringNode.valueOf("(left out: " + json.length() + " characters)"));
    }

    private String json(String connection, QmpEvent event, JsonNode data) {
        return mapper.writeValueAsString(new QmpReceived(connection, event.name(), data, event.timestamp()));
    }

    @EventListener
    void onGuestStatusChange(GuestStatusChanged change) {
        log.append("guest", mapper.writeValueAsString(change));
    }

    /** Records the end of a task that this application has started, such as a power down. */
    @EventListener
    void onTaskEnd(QmpTaskEndedEvent end) {
        Throwable failure = end.getFailure();
        Throwable cause = failure == null ? null : failure.getCause();
        TaskEnded entry = new TaskEnded(
                end.getConnectionName(),
                end.getKind(),
                TaskOutcome.of(failure),
                failure == null ? null : failure.getMessage(),
                cause == null ? null : cause.getMessage(),
                Instant.ofEpochMilli(end.getTimestamp()));
        log.append("task", mapper.writeValueAsString(entry));
    }

    /**
     * A connection's change of runstate.
     *
     * @param connection its name
     * @param previous the runstate before
     * @param current the runstate after
     * @param cause the failure, null if there was none
     * @param at when
     */
    record RunstateChanged(
            String connection, Runstate previous, Runstate current, @Nullable String cause, Instant at) {}

    /**
     * An event of a machine.
     *
     * @param connection the name of its connection
     * @param event the event's name
     * @param data its data, or a text with the reason why the data is left out
     * @param at when it happened, by the machine's host
     */
    record QmpReceived(String connection, String event, JsonNode data, @Nullable Instant at) {}

    /**
     * The end of a task.
     *
     * @param connection the name of its connection
     * @param task what kind of task it was
     * @param outcome how it ended
     * @param failure why it failed, null if it succeeded
     * @param cause why that happened, null if there is no deeper cause
     * @param at when
     */
    record TaskEnded(
            String connection,
            String task,
            TaskOutcome outcome,
            @Nullable String failure,
            @Nullable String cause,
            Instant at) {}

    /** How a task ended. */
    enum TaskOutcome {
        SUCCEEDED,
        FAILED,
        CANCELLED,
        UNKNOWN;

        static TaskOutcome of(@Nullable Throwable failure) {
            if (failure == null) {
                return SUCCEEDED;
            }
            if (failure instanceof TaskCancelledException) {
                return CANCELLED;
            }
            return failure instanceof TaskOutcomeUnknownException || failure instanceof OutcomeUnknownException
                    ? UNKNOWN
                    : FAILED;
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.event.EventAwait;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Decides on the event loop which event ends the wait of one command, and whether as its success or its failure. */
@BottomHalf
final class EventVerdict {

    private static final String JOB_STATUS_CHANGE = "JOB_STATUS_CHANGE";
    private static final String ABORTING = "aborting";

    /** More jobs than this do not abort at once, and the memory of a wait must be bounded. */
    private static final int MAX_ABORTED = 1024;

    private final EventAwait await;
    private final PendingCommand<JsonNode> command;
    private final Set<String> aborted = new HashSet<>();

    /** Written on the event loop before the event is handed on, and read where the wait completes. */
    private volatile boolean failed;

    private boolean decided;

    EventVerdict(EventAwait await, PendingCommand<JsonNode> command) {
        this.await = await;
        this.command = command;
    }

    /** {@return whether the event ends the wait} What came before the command was written cannot be its effect. */
    boolean endsWait(QmpEvent event) {
        if (decided || command.stage() == PendingCommand.Stage.QUEUED) {
            return false;
        }
        noteAbort(event);
        boolean isFailure = false;
        for (EventFilter failure : await.failures()) {
            isFailure |= failure.accepts(event);
        }
        boolean isCompletion = await.completion().accepts(event);
        if (isCompletion && !await.acceptsErrors()) {
            isFailure |= reportsError(event);
        }
        failed = isFailure;
        decided = isFailure || isCompletion;
        return decided;
    }

    private void noteAbort(QmpEvent event) {
        JsonNode data = event.data();
        if (event.name().equals(JOB_STATUS_CHANGE)
                && data.path("status").asString("").equals(ABORTING)
                && aborted.size() < MAX_ABORTED) {
            aborted.add(data.path("id").asString(""));
        }
    }

    private boolean reportsError(QmpEvent event) {
        JsonNode data = event.data();
        return data.hasNonNull("error")
                || (event.name().equals(JOB_STATUS_CHANGE)
                        && aborted.contains(data.path("id").asString("")));
    }

    /** {@return whether the event that ended the wait means failure} */
    boolean isFailure() {
        return failed;
    }
}

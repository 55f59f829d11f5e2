package dev.qmp.internal.client;

import dev.qmp.event.EventMatch;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.UpperHalf;
import dev.qmp.task.Progress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Decides on the event loop which event ends the wait of a command, and whether it means success or failure. */
@BottomHalf
final class EventVerdict {

    private static final String JOB_STATUS_CHANGE = "JOB_STATUS_CHANGE";
    private static final String ABORTING = "aborting";

    /** The maximum number of aborting jobs that are kept, to bound the memory. No machine aborts as many at once. */
    private static final int MAX_ABORTED = 1024;

    private final Operation operation;
    private final PendingCommand<JsonNode> command;
    private final Consumer<Progress> progress;
    private final Set<String> aborted = new HashSet<>();

    /** Written on the event loop before the event is passed on, and read where the wait completes. */
    private volatile boolean failed;

    private @Nullable QmpEvent decisive;
    private @Nullable Progress lastProgress;

    EventVerdict(Operation operation, PendingCommand<JsonNode> command, Consumer<Progress> progress) {
        this.operation = operation;
        this.command = command;
        this.progress = progress;
    }

    /**
     * Judges an event: reports the progress that it contains, and keeps the verdict if it ends the wait. An event
     * before the write of the command cannot be its effect.
     *
     * @return whether the event ends the wait
     */
    boolean judge(QmpEvent event) {
        if (decisive != null || command.stage() == PendingCommand.Stage.QUEUED) {
            return false;
        }
        noteAbort(event);
        if (matchesAny(operation.progress(), event)) {
            lastProgress = progressOf(event);
            progress.accept(lastProgress);
        }
        boolean isCompletion = operation.completion().accepts(event);
        boolean isFailure = matchesAny(operation.failures(), event) || (isCompletion && reportsError(event));
        failed = isFailure;
        if (isFailure || isCompletion) {
            decisive = event;
        }
        return decisive != null;
    }

    private static boolean matchesAny(List<EventMatch> matches, QmpEvent event) {
        for (EventMatch match : matches) {
            if (match.accepts(event)) {
                return true;
            }
        }
        return false;
    }

    /** {@return the progress that an event reports} Values that the event does not have stay as they were. */
    private Progress progressOf(QmpEvent event) {
        JsonNode data = event.data();
        long done = data.path("offset").asLong(lastProgress == null ? 0 : lastProgress.done());
        Long total = lastProgress == null ? null : lastProgress.total();
        if (data.path("len").canConvertToLong()) {
            total = Math.max(0, data.path("len").longValue());
        }
        String phase = data.path("status").asString(event.name());
        return new Progress(Math.max(0, done), total, Progress.Unit.BYTES, phase);
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

    /** {@return the event that has ended the wait; null before} */
    @Nullable
    QmpEvent decisive() {
        return decisive;
    }

    /** {@return whether the event that ended the wait means failure} */
    @UpperHalf
    boolean isFailure() {
        return failed;
    }
}

package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.EventNotSeenException.Reason;
import dev.qmp.event.FailedByEventException;
import dev.qmp.event.Operation;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.LoopScheduler;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.task.Progress;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A command and the event that completes it. Reply and event may arrive in either order, and both are awaited. If the
 * command fails, that is the outcome, with or without the event. One limit applies to both, from the issue on.
 */
final class CommandWithEvent {

    private final LoopScheduler scheduler;
    private final QmpCommand command;
    private final PendingCommand<JsonNode> reply;
    private final EventVerdict verdict;
    private final Duration limit;
    private final CompletableFuture<QmpEvent> result = new CompletableFuture<>();

    CommandWithEvent(
            LoopScheduler scheduler,
            QmpCommand command,
            PendingCommand<JsonNode> reply,
            Operation operation,
            Consumer<Progress> progress) {
        this.scheduler = scheduler;
        this.command = command;
        this.reply = reply;
        this.verdict = new EventVerdict(operation, reply, progress);
        this.limit = operation.limit();
    }

    CompletableFuture<QmpEvent> result() {
        return result;
    }

    /** {@return whether a session has admitted the command} If not, the command is never sent. */
    boolean isAdmitted() {
        return !reply.isRefused();
    }

    /** Judges an event, and decides whether it ends the wait. Called on the event loop. */
    @BottomHalf
    boolean judge(QmpEvent event) {
        scheduler.assertOnLoop();
        return verdict.judge(event);
    }

    /** Waits for reply and event. Called before the command is submitted. */
    void await(CompletableFuture<QmpEvent> event) {
        reply.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            }
        });
        event.whenComplete((value, failure) -> {
            if (value != null) {
                completeAfterReply(value);
            } else if (!(failure instanceof CancellationException)) {
                failAfterReply(answer -> withoutEvent(failure, answer));
            }
        });
        Cancellable deadline = scheduler.schedule(limit, this::timeUp);
        result.whenComplete((value, failure) -> {
            deadline.cancel();
            event.cancel(false);
            reply.cancel(false);
        });
    }

    private void complete(QmpEvent event, JsonNode answer) {
        if (verdict.isFailure()) {
            result.completeExceptionally(new FailedByEventException(command.name(), event, answer));
        } else {
            result.complete(event);
        }
    }

    private EventNotSeenException withoutEvent(Throwable failure, JsonNode answer) {
        String detail = failure instanceof ListenerException
                ? "the wait ended: " + failure.getMessage()
                : "the session ended before the event was received";
        return notSeen(Reason.DISCONNECTED, detail, answer, failure.getCause());
    }

    private EventNotSeenException notSeen(Reason reason, String detail, JsonNode answer, @Nullable Throwable cause) {
        return new EventNotSeenException(command.name(), reason, detail, answer, cause);
    }

    /**
     * Fails with the failure of the command. If the command has succeeded, the failure states that the event is
     * missing.
     */
    private void failAfterReply(Function<JsonNode, EventNotSeenException> withoutEvent) {
        reply.whenComplete((answer, failure) ->
                result.completeExceptionally(failure != null ? failure : withoutEvent.apply(answer)));
    }

    @BottomHalf
    private void timeUp() {
        scheduler.assertOnLoop();
        failWithoutEvent(Reason.TIMED_OUT, "no event within " + limit.toMillis() + " ms");
    }

    /** Ends the wait because the caller was interrupted. Any thread may call it. */
    void interrupted() {
        end(Reason.INTERRUPTED, "the caller was interrupted");
    }

    /** Ends the wait because the application cancelled it. Any thread may call it. */
    void cancelled() {
        end(Reason.CANCELLED, "the wait was cancelled");
    }

    private void end(Reason reason, String detail) {
        reply.interrupted(() -> failWithoutEvent(reason, detail));
    }

    /**
     * Ends the wait. If the deciding event was received, but its callback is late or was dropped, the event completes
     * the wait. Otherwise the wait fails. This method runs on the event loop, unless the command was refused: then
     * there is no event.
     */
    private void failWithoutEvent(Reason reason, String detail) {
        QmpEvent event = verdict.decisive();
        reply.completion()
                .execute(
                        event == null
                                ? () -> failAfterReply(answer -> notSeen(reason, detail, answer, null))
                                : () -> completeAfterReply(event));
    }

    private void completeAfterReply(QmpEvent event) {
        reply.thenAccept(answer -> complete(event, answer));
    }
}

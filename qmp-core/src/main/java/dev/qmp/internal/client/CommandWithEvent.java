package dev.qmp.internal.client;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ListenerException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Registration;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import tools.jackson.databind.JsonNode;

/**
 * A command and the event that completes it: listens first, then sends, then waits for both, in either order. A command
 * that fails tells its own outcome, whatever became of the event.
 */
final class CommandWithEvent {

    private final QmpProtocol protocol;
    private final Executor completion;
    private final QmpCommand command;
    private final PendingCommand<JsonNode> reply;
    private final CompletableFuture<QmpEvent> result = new CompletableFuture<>();

    CommandWithEvent(QmpProtocol protocol, Executor completion, QmpCommand command, PendingCommand<JsonNode> reply) {
        this.protocol = protocol;
        this.completion = completion;
        this.command = command;
        this.reply = reply;
    }

    CompletableFuture<QmpEvent> result() {
        return result;
    }

    /** Waits for the event, which was listened for before the command was issued. */
    void await(CompletableFuture<QmpEvent> event, Duration timeout) {
        Registration deadline = protocol.scheduleTask(timeout, () -> timeUp(timeout));
        reply.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            }
        });
        event.whenComplete((value, failure) -> {
            if (value != null) {
                reply.thenRun(() -> result.complete(value));
            } else if (!(failure instanceof CancellationException)) {
                failAfterReply(withoutEvent(failure));
            }
        });
        result.whenComplete((value, failure) -> {
            deadline.close();
            event.cancel(false);
            reply.cancel(false);
        });
    }

    private OutcomeUnknownException withoutEvent(Throwable failure) {
        return failure instanceof FilterException
                ? new OutcomeUnknownException(
                        command.name(),
                        OutcomeUnknownException.Reason.FILTER_FAILED,
                        String.valueOf(failure.getMessage()),
                        failure.getCause())
                : new OutcomeUnknownException(
                        command.name(),
                        OutcomeUnknownException.Reason.DISCONNECTED,
                        failure instanceof ListenerException
                                ? "nobody listens for its event any more: " + failure.getMessage()
                                : "the session ended before its event came",
                        failure.getCause());
    }

    /** The command fails as what it is: not sent, rejected, or without its reply; or else it lacks its event. */
    private void failAfterReply(OutcomeUnknownException withoutEvent) {
        reply.whenComplete((value, failure) -> result.completeExceptionally(failure != null ? failure : withoutEvent));
    }

    @BottomHalf
    private void timeUp(Duration timeout) {
        protocol.expire(reply, timeout);
        Completions.run(
                completion, () -> failAfterReply(CommandTimeoutException.withoutEvent(command.name(), timeout)));
    }

    /** The waiting caller was interrupted; from any thread. */
    void interrupted() {
        protocol.interrupted(
                reply,
                () -> failAfterReply(new OutcomeUnknownException(
                        command.name(),
                        OutcomeUnknownException.Reason.INTERRUPTED,
                        "the caller was interrupted before its event came",
                        null)));
    }
}

package dev.qmp.internal.client;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Registration;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import tools.jackson.databind.JsonNode;

/** A command and the event that completes it: listens first, then sends, then waits for both, in either order. */
final class CommandWithEvent {

    private final DefaultQmpClient client;
    private final QmpProtocol protocol;
    private final Executor completion;

    CommandWithEvent(DefaultQmpClient client, QmpProtocol protocol, Executor completion) {
        this.client = client;
        this.protocol = protocol;
        this.completion = completion;
    }

    CompletableFuture<QmpEvent> run(QmpCommand command, EventFilter completing, Duration timeout) {
        CompletableFuture<QmpEvent> event = client.events().next(completing);
        PendingCommand<JsonNode> reply = client.issue(command, Replies::result, false, completion);
        CompletableFuture<QmpEvent> result = new CompletableFuture<>();
        Registration deadline = protocol.scheduleTask(timeout, () -> timeUp(reply, result, timeout));
        reply.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            }
        });
        event.whenComplete((value, failure) -> {
            if (value != null) {
                reply.thenRun(() -> result.complete(value));
            } else if (!(failure instanceof CancellationException)) {
                result.completeExceptionally(withoutEvent(command, failure));
            }
        });
        result.whenComplete((value, failure) -> {
            deadline.close();
            event.cancel(false);
            reply.cancel(false);
        });
        return result;
    }

    private static OutcomeUnknownException withoutEvent(QmpCommand command, Throwable failure) {
        return new OutcomeUnknownException(
                command.name(),
                OutcomeUnknownException.Reason.DISCONNECTED,
                "the session ended before its event came",
                failure.getCause());
    }

    /** The command fails as what it is: not sent, or without its reply; or else it was answered, and its event is late. */
    @BottomHalf
    private void timeUp(PendingCommand<?> reply, CompletableFuture<QmpEvent> result, Duration timeout) {
        protocol.expire(reply, timeout);
        Runnable callback = () -> reply.thenRun(() -> result.completeExceptionally(
                CommandTimeoutException.withoutEvent(reply.command().name(), timeout)));
        try {
            completion.execute(callback);
        } catch (RejectedExecutionException e) {
            callback.run(); // every future completes, even after its executor
        }
    }
}

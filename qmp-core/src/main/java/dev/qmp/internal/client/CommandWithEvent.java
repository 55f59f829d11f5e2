package dev.qmp.internal.client;

import dev.qmp.QmpClient;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Registration;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;

/** A command and the event that completes it: listens first, then sends, then waits for both, in either order. */
final class CommandWithEvent {

    private final QmpClient client;
    private final Scheduler scheduler;

    CommandWithEvent(QmpClient client, Scheduler scheduler) {
        this.client = client;
        this.scheduler = scheduler;
    }

    CompletableFuture<QmpEvent> run(QmpCommand command, EventFilter completion, Duration timeout) {
        CompletableFuture<QmpEvent> event = client.events().next(completion);
        CompletableFuture<JsonNode> reply = client.execute(command);
        CompletableFuture<QmpEvent> result = new CompletableFuture<>();
        Registration deadline = scheduler.schedule(
                timeout, () -> result.completeExceptionally(new CommandTimeoutException(command.name(), timeout)));
        reply.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            }
        });
        event.whenComplete((value, failure) -> {
            if (value != null) {
                reply.thenRun(() -> result.complete(value));
            } else if (failure instanceof ConnectionLostException) {
                result.completeExceptionally(new OutcomeUnknownException(
                        command.name(),
                        OutcomeUnknownException.Reason.DISCONNECTED,
                        "the session ended before its event came",
                        failure.getCause()));
            }
        });
        result.whenComplete((value, failure) -> {
            deadline.close();
            event.cancel(false);
            reply.cancel(false);
        });
        return result;
    }
}

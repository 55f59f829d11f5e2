package dev.qmp.internal.client;

import dev.qmp.QmpClient;
import dev.qmp.event.Operation;
import dev.qmp.internal.client.CommandIssuer.CompletedOn;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.UpperHalf;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A running {@link Operation} as a {@link Task}. */
@UpperHalf
final class OperationTask {

    private final QmpClient client;
    private final @Nullable QmpCommand cancellation;
    /** Completes when the command is issued. A cancellation, which an observer may request before, follows it. */
    private final CompletableFuture<CommandWithEvent> issued = new CompletableFuture<>();

    private final TaskSource<QmpEvent> source;

    private OperationTask(QmpClient client, Operation operation) {
        this.client = client;
        this.cancellation = operation.cancellation();
        this.source =
                client.newTask(operation.command().name(), operation.command().name(), this::cancel);
    }

    static Task<QmpEvent> start(QmpClient client, Operation operation, CommandIssuer issuer) {
        OperationTask task = new OperationTask(client, operation);
        try {
            task.begin(issuer.issue(operation, task.source::progress, CompletedOn.CALLBACK_EXECUTOR));
        } catch (Throwable e) {
            task.source.fail(e); // for the observers
            task.issued.completeExceptionally(e);
            throw e;
        }
        return task.source.task();
    }

    private void begin(CommandWithEvent waiting) {
        waiting.result().whenComplete((event, failure) -> {
            if (failure != null) {
                source.fail(failure);
            } else {
                source.complete(event);
            }
        });
        issued.complete(waiting);
    }

    private CompletableFuture<?> cancel() {
        return issued.thenCompose(this::cancelIssued);
    }

    private CompletableFuture<?> cancelIssued(CommandWithEvent waiting) {
        if (!waiting.isAdmitted()) {
            return CompletableFuture.completedFuture(null); // it was refused: the cancellation could hit something else
        }
        if (cancellation != null) {
            return client.execute(cancellation);
        }
        waiting.cancelled();
        return CompletableFuture.completedFuture(null);
    }
}

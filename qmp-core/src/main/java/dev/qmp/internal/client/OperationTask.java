package dev.qmp.internal.client;

import dev.qmp.QmpClient;
import dev.qmp.event.Operation;
import dev.qmp.internal.client.CommandIssuer.CompletedOn;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.UpperHalf;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A running {@link Operation} as a {@link Task}. */
@UpperHalf
final class OperationTask {

    private final QmpClient client;
    private final @Nullable QmpCommand cancellation;
    private final TaskSource<QmpEvent> source;
    private final CommandWithEvent waiting;

    private OperationTask(QmpClient client, Operation operation, CommandIssuer issuer) {
        this.client = client;
        this.cancellation = operation.cancellation();
        this.source =
                client.newTask(operation.command().name(), operation.command().name(), this::cancel);
        this.waiting = issuer.issue(operation, this::progress, CompletedOn.CALLBACK_EXECUTOR);
    }

    static Task<QmpEvent> start(QmpClient client, Operation operation, CommandIssuer issuer) {
        OperationTask task = new OperationTask(client, operation, issuer);
        task.waiting.result().whenComplete((event, failure) -> {
            if (failure != null) {
                task.source.fail(failure);
            } else {
                task.source.complete(event);
            }
        });
        return task.source.task();
    }

    private void progress(Progress progress) {
        source.progress(progress);
    }

    private CompletableFuture<?> cancel() {
        if (cancellation != null) {
            return client.execute(cancellation);
        }
        waiting.cancelled();
        return CompletableFuture.completedFuture(null);
    }
}

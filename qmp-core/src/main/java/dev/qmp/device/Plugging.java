package dev.qmp.device;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One plug: each command is sent when the one before it has succeeded. */
final class Plugging {

    private final QmpClient client;
    private final Device device;
    private final String name;
    private final TaskSource<@Nullable Void> source;
    /** The backends added so far. Only the present step uses it. */
    private final List<Backend> added = new ArrayList<>();

    private volatile boolean cancelled;

    Plugging(QmpClient client, Device device) {
        this.client = client;
        this.device = device;
        this.name = "plug of " + device.id();
        this.source = client.newTask("plug", name, this::cancel);
    }

    private CompletableFuture<?> cancel() {
        cancelled = true;
        return CompletableFuture.completedFuture(null);
    }

    Task<@Nullable Void> start() {
        next();
        return source.task();
    }

    private void next() {
        if (cancelled) {
            undo(removal -> removal.leftovers().isEmpty()
                    ? new TaskCancelledException(name)
                    : new PlugFailedException(name, "it was cancelled", removal.leftovers(), null));
            return;
        }
        List<Device.Addition> additions = device.additions();
        int step = added.size();
        if (step < additions.size()) {
            Device.Addition addition = additions.get(step);
            run(addition.command(), () -> {
                added.add(addition.backend());
                next();
            });
        } else {
            run(device.command(), this::succeed);
        }
    }

    private void run(QmpCommand command, Runnable then) {
        source.progress(Progress.ofSteps(added.size(), device.additions().size() + 1L, command.name()));
        client.execute(command).whenComplete((result, failure) -> {
            if (failure == null) {
                then.run();
            } else {
                fail(command, TaskSource.unwrap(failure));
            }
        });
    }

    private void fail(QmpCommand command, Throwable failure) {
        if (failure instanceof RejectedException || failure instanceof NotSentException) {
            undo(removal -> new PlugFailedException(name, Reasons.of(failure), removal.leftovers(), failure));
        } else {
            source.fail(new TaskOutcomeUnknownException(
                    name,
                    "the reply to " + command.name() + " was not received, and nothing was undone"
                            + (added.isEmpty() ? "" : "; added before: " + Leftovers.list(added)),
                    failure));
        }
    }

    private void undo(Function<Removal, TaskException> outcome) {
        Removal.of(client, added).thenAccept(removal -> source.fail(removal.suppressedIn(outcome.apply(removal))));
    }

    @SuppressWarnings("NullAway") // null is the result of a task without one
    private void succeed() {
        source.complete(null);
    }
}

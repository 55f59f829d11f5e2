package dev.qmp.device;

import dev.qmp.QmpClient;
import dev.qmp.task.TaskSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The removal of backends, in the reverse order of their addition. A failure does not stop it.
 *
 * @param leftovers the backends that were not removed, or possibly not
 * @param failures the reasons, in the same order
 */
record Removal(List<Backend> leftovers, List<Throwable> failures) {

    /** {@return the result, which completes normally in any case} */
    static CompletableFuture<Removal> of(QmpClient client, List<Backend> added) {
        CompletableFuture<Removal> removal =
                CompletableFuture.completedFuture(new Removal(new ArrayList<>(), new ArrayList<>()));
        for (int i = added.size() - 1; i >= 0; i--) {
            Backend backend = added.get(i);
            removal = removal.thenCompose(sofar -> sofar.remove(client, backend));
        }
        return removal;
    }

    private CompletableFuture<Removal> remove(QmpClient client, Backend backend) {
        return client.execute(backend.removal()).handle((result, failure) -> {
            if (failure != null) {
                leftovers.add(backend);
                failures.add(TaskSource.unwrap(failure));
            }
            return this;
        });
    }

    /**
     * Adds the failures to an exception.
     *
     * @return the exception
     */
    <E extends Throwable> E suppressedIn(E exception) {
        failures.forEach(exception::addSuppressed);
        return exception;
    }

    void requireComplete(String taskName) {
        if (!leftovers.isEmpty()) {
            throw failure(taskName);
        }
    }

    UnplugFailedException failure(String taskName) {
        String reason = "the device is gone, but a backend remains: " + Reasons.of(failures.get(0));
        return suppressedIn(new UnplugFailedException(taskName, reason, null, leftovers, failures.get(0)));
    }
}

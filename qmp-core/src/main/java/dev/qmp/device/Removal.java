package dev.qmp.device;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.task.TaskSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;

/**
 * The removal of backends, in the reverse order of their addition. A failure does not stop it. A backend that someone
 * else has removed before is no failure.
 *
 * @param removed the backends that were removed
 * @param leftovers the backends that were not removed, or possibly not
 * @param failures the reasons, in the same order
 */
record Removal(List<Backend> removed, List<Backend> leftovers, List<Throwable> failures) {

    /** {@return the result, which completes normally in any case} */
    static CompletableFuture<Removal> of(QmpClient client, List<Backend> added) {
        CompletableFuture<Removal> removal =
                CompletableFuture.completedFuture(new Removal(new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
        for (int i = added.size() - 1; i >= 0; i--) {
            Backend backend = added.get(i);
            removal = removal.thenCompose(sofar -> sofar.remove(client, backend));
        }
        return removal;
    }

    private CompletableFuture<Removal> remove(QmpClient client, Backend backend) {
        return client.execute(backend.removal())
                .handle((result, failure) -> failure == null ? null : TaskSource.unwrap(failure))
                .thenCompose(failure -> {
                    if (failure == null) {
                        removed.add(backend);
                        return CompletableFuture.completedFuture(this);
                    }
                    return isGone(client, backend, failure).thenApply(gone -> {
                        if (!gone) {
                            leftovers.add(backend);
                            failures.add(failure);
                        }
                        return this;
                    });
                });
    }

    /** {@return whether the machine does not have the backend any more} QMP has no query for netdevs. */
    private static CompletableFuture<Boolean> isGone(QmpClient client, Backend backend, Throwable failure) {
        if (!(failure instanceof RejectedException rejected)) {
            return CompletableFuture.completedFuture(false);
        }
        if (backend.kind() == Backend.Kind.NETDEV) {
            return CompletableFuture.completedFuture(isNotFound(rejected));
        }
        QmpCommand query = QmpCommand.of("query-named-block-nodes").withArgument("flat", true);
        return client.execute(query).handle((nodes, unknown) -> nodes != null && !contains(nodes, backend.name()));
    }

    private static boolean contains(JsonNode nodes, String name) {
        for (JsonNode node : nodes) {
            if (node.path("node-name").asString("").equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** {@return whether QEMU does not have the device or netdev of a command} */
    static boolean isNotFound(RejectedException rejected) {
        return rejected.errorClass().equals("DeviceNotFound");
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

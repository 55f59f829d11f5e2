package dev.qmp.migration;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.QmpException;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.command.Migrate;
import dev.qmp.qapi.command.MigrateCancel;
import dev.qmp.qapi.command.MigrateRecover;
import dev.qmp.qapi.command.MigrateStartPostcopy;
import dev.qmp.qapi.type.MigrationInfo;
import dev.qmp.qapi.type.MigrationStatus;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether post-copy of a migration may have begun. A migration is not cancelled then: QEMU before 10.0 accepts
 * that, and afterwards both machines, or none of them, run the guest.
 *
 * <p>Thread safety: any thread may use it.
 */
final class Postcopy {

    private final QmpClient client;
    /** The number of requests to begin that QEMU may have executed, or may execute. */
    private int requests;
    /** Whether QEMU has reported that post-copy has begun. */
    private boolean seen;

    Postcopy(QmpClient client) {
        this.client = client;
    }

    /** Notes a status of the migration. */
    synchronized void note(@Nullable String status) {
        if (status != null && status.startsWith("postcopy")) {
            seen = true;
        }
    }

    /** {@return whether post-copy may have begun, so that the guest may run on the destination} */
    private synchronized boolean mayHaveBegun() {
        return seen || requests > 0;
    }

    /** {@return the failure of a task whose migration was cancelled} */
    TaskException cancelled(String task) {
        return mayHaveBegun()
                ? new TaskOutcomeUnknownException(task, "it was cancelled after post-copy was started", null)
                : new TaskCancelledException(task);
    }

    /** Begins post-copy. If a cancellation was sent, this command follows it on the wire. */
    CompletableFuture<@Nullable Void> start() {
        CompletableFuture<@Nullable Void> accepted = new CompletableFuture<>();
        CompletableFuture<?> reply;
        synchronized (this) {
            requests++;
            reply = client.execute(MigrateStartPostcopy.command());
        }
        reply.whenComplete((ignored, failure) -> {
            if (failure == null) {
                accepted.complete(null);
                return;
            }
            Throwable cause = TaskSource.unwrap(failure);
            if (cause instanceof NotSentException || cause instanceof RejectedException) {
                withdrawn();
            }
            accepted.completeExceptionally(cause);
        });
        return accepted;
    }

    private synchronized void withdrawn() {
        requests--;
    }

    /**
     * Cancels the migration, unless post-copy may have begun.
     *
     * @param state the state of the migration now
     */
    synchronized CompletableFuture<?> cancel(MigrationInfo state) {
        MigrationStatus status = state.status();
        note(status == null ? null : status.value());
        return mayHaveBegun()
                ? CompletableFuture.failedFuture(new QmpException(
                        "a migration cannot be cancelled after post-copy was started, because the guest may run on the"
                                + " destination",
                        null))
                : client.execute(MigrateCancel.command());
    }

    /** Has the destination listen again. A missing page can hold up all commands there that are sent in band. */
    CompletableFuture<@Nullable Void> listenAgain(String uri) {
        return client.execute(MigrateRecover.command(uri).outOfBand());
    }

    /** Has the source connect again. */
    CompletableFuture<@Nullable Void> resume(String uri) {
        return client.execute(Migrate.command().withUri(uri).withResume(true));
    }
}

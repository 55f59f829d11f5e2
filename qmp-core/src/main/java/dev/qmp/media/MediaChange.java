package dev.qmp.media;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.Operation;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.BlockdevCloseTray;
import dev.qmp.qapi.command.BlockdevOpenTray;
import dev.qmp.qapi.command.Eject;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One change: if the guest has locked the tray, it is opened first. One command of QEMU changes the medium. */
final class MediaChange {

    private static final int STEPS = 3;

    private final QmpClient client;
    private final String name;
    private final String drive;
    private final Duration limit;
    private final boolean force;
    private final TaskSource<@Nullable Void> source;

    MediaChange(QmpClient client, String name, String drive, Duration limit, boolean force) {
        this.client = client;
        this.name = name;
        this.drive = drive;
        this.limit = limit;
        this.force = force;
        this.source = client.newTask("media change", name, this::refuseCancellation);
    }

    private CompletableFuture<?> refuseCancellation() {
        return CompletableFuture.failedFuture(new TaskFailedException(
                "cancellation of the " + name, "QEMU cannot cancel the request to the guest", null));
    }

    Task<@Nullable Void> eject() {
        return finish(
                tray().thenCompose(tray -> openAndExecute(tray, Eject.command().withId(drive))));
    }

    Task<@Nullable Void> change(Medium medium, boolean onlyIfEmpty) {
        return finish(tray().thenCompose(tray -> {
            if (onlyIfEmpty && tray.loaded()) {
                throw new TaskFailedException(name, "the drive has a medium; eject or change it", null);
            }
            return openAndExecute(tray, medium.change(drive));
        }));
    }

    private CompletableFuture<Tray> tray() {
        progress(0, "query-block");
        return Drives.tray(client, drive, name);
    }

    /**
     * Opens the tray if it is locked.
     *
     * @return whether this task has opened it
     */
    private CompletableFuture<Boolean> open(Tray tray) {
        if (!tray.mustBeReleased()) {
            return CompletableFuture.completedFuture(false);
        }
        progress(1, "blockdev-open-tray");
        Operation opening = Operation.of(
                BlockdevOpenTray.command().withId(drive).withForce(force),
                EventFilter.named("DEVICE_TRAY_MOVED").with("id", drive).with("tray-open", true),
                limit);
        return client.start(opening)
                .result()
                .thenApply(event -> true)
                .exceptionallyCompose(failure ->
                        isTimeout(failure) ? openedUnseen(failure) : CompletableFuture.failedFuture(failure));
    }

    private static boolean isTimeout(Throwable failure) {
        return TaskSource.unwrap(failure) instanceof EventNotSeenException unseen
                && unseen.reason() == EventNotSeenException.Reason.TIMED_OUT;
    }

    /**
     * Checks the tray after a timeout, because the guest may have opened it between the query and the request, without
     * an event.
     */
    private CompletableFuture<Boolean> openedUnseen(Throwable timeout) {
        return tray().thenApply(now -> {
            if (now.mustBeReleased()) {
                throw new TrayLockedException(name, limit, TaskSource.unwrap(timeout));
            }
            return true;
        });
    }

    private CompletableFuture<@Nullable Void> openAndExecute(Tray before, TypedCommand<@Nullable Void> command) {
        return open(before).thenCompose(opened -> {
            progress(2, command.toCommand().name());
            CompletableFuture<@Nullable Void> change = client.execute(command);
            return change.exceptionallyCompose(failure -> mayHaveOpened(before, opened, TaskSource.unwrap(failure))
                    ? closeAfter(failure)
                    : CompletableFuture.failedFuture(failure));
        });
    }

    /**
     * {@return whether a tray that was closed may be open, and its medium is known} QEMU's commands open a closed tray
     * themselves, and leave it open if they are rejected afterwards.
     */
    private static boolean mayHaveOpened(Tray before, boolean opened, Throwable failure) {
        return failure instanceof RejectedException ? !before.open() : opened && failure instanceof NotSentException;
    }

    private CompletableFuture<@Nullable Void> closeAfter(Throwable failure) {
        return Drives.tray(client, drive, name)
                .thenCompose(now -> now.open()
                        ? client.execute(BlockdevCloseTray.command().withId(drive))
                        : CompletableFuture.<@Nullable Void>completedFuture(null))
                .handle((closed, notClosed) -> {
                    RuntimeException outcome = translate(TaskSource.unwrap(failure));
                    if (notClosed != null) {
                        outcome.addSuppressed(TaskSource.unwrap(notClosed));
                    }
                    throw outcome;
                });
    }

    private void progress(int done, String phase) {
        source.progress(Progress.ofSteps(done, STEPS, phase));
    }

    private Task<@Nullable Void> finish(CompletableFuture<@Nullable Void> last) {
        last.whenComplete((result, failure) -> {
            if (failure == null) {
                succeed();
                return;
            }
            source.fail(translate(TaskSource.unwrap(failure)));
        });
        return source.task();
    }

    private RuntimeException translate(Throwable cause) {
        if (cause instanceof TaskException || cause instanceof NotSentException) {
            return (RuntimeException) cause;
        }
        return cause instanceof RejectedException rejected
                ? new TaskFailedException(name, rejected.description(), rejected)
                : new TaskOutcomeUnknownException(
                        name, "a reply or the session was lost before the tray and its medium were known", cause);
    }

    @SuppressWarnings("NullAway") // null is the result of a task without one
    private void succeed() {
        source.complete(null);
    }
}

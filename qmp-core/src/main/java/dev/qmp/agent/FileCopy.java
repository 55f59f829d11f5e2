package dev.qmp.agent;

import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import dev.qmp.task.Progress;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Copies a file in chunks between the guest and this machine. One chunk is in memory at a time. If the agent is away,
 * or the file systems are frozen, the copy continues at the last certain offset afterwards. If the guest was rebooted,
 * the file is lost, and the copy fails.
 *
 * @param <R> the task's result
 */
final class FileCopy<R> {

    /** Opens the local end, which may wait for a disk. */
    interface Opening {

        LocalEnd open() throws IOException;
    }

    private final GuestAgent agent;
    private final String guestPath;
    private final long maxBytes;
    private final Opening opening;
    private final LongFunction<R> result;
    private final TaskSource<R> source;
    private final Retries retries;
    private volatile boolean cancelled;
    private long offset;
    /** Where the last chunk begins that the agent has written, and may keep in its own buffer. */
    private long lastChunk;

    private @Nullable Long total;

    /**
     * Creates a copy.
     *
     * @param kind what it is, such as {@code upload}, for the task's name
     * @param maxBytes the maximum number of bytes to receive; positive
     * @param result converts the number of copied bytes into the task's result
     */
    FileCopy(GuestAgent agent, String kind, String guestPath, long maxBytes, Opening opening, LongFunction<R> result) {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be positive, not " + maxBytes);
        }
        this.agent = agent;
        this.guestPath = Objects.requireNonNull(guestPath, "guestPath");
        this.maxBytes = maxBytes;
        this.opening = opening;
        this.result = result;
        this.source = agent.client().newTask("guest file copy", kind + " of " + guestPath, this::cancel);
        this.retries = agent.retries();
    }

    private CompletableFuture<?> cancel() {
        cancelled = true;
        return CompletableFuture.completedFuture(null);
    }

    /** Starts it. Local input and output happens on the callback executor. */
    Task<R> start() {
        agent.client().callbackExecutor().execute(this::open);
        return source.task();
    }

    private void open() {
        LocalEnd local = null;
        long size;
        try {
            local = opening.open();
            size = local.size();
        } catch (Throwable e) {
            if (local == null) {
                source.fail(failed(e));
            } else {
                endLocal(local, failed(e));
            }
            return;
        }
        openInGuest(local, size);
    }

    /** If the reply to an open is lost, the agent keeps that handle, and the copy continues with another one. */
    private void openInGuest(LocalEnd local, long size) {
        boolean toGuest = size >= 0;
        agent.open(guestPath, toGuest ? "w" : "r").whenComplete((file, failure) -> {
            if (failure != null) {
                openFailed(local, size, TaskSource.unwrap(failure));
            } else if (toGuest) {
                total = size;
                step(local, file, true);
            } else {
                file.seekToEnd()
                        .thenCompose(end -> file.seek(0).thenApply(start -> end))
                        .whenComplete((end, noSize) -> {
                            total = end == null || end == 0 ? null : end; // files of /proc have no size
                            resume(local, file, false);
                        });
            }
        });
    }

    private void openFailed(LocalEnd local, long size, Throwable cause) {
        if (cancelled) {
            end(local, null, new TaskCancelledException(source.task().name()));
        } else if (!retries.scheduled(cause, () -> openInGuest(local, size))) {
            end(local, null, cause);
        }
    }

    private void resume(LocalEnd local, GuestFile file, boolean toGuest) {
        file.seek(offset).whenComplete((position, failure) -> {
            if (failure == null) {
                step(local, file, toGuest);
            } else {
                stepFailed(local, file, toGuest, failure);
            }
        });
    }

    private void step(LocalEnd local, GuestFile file, boolean toGuest) {
        if (cancelled) {
            end(local, file, new TaskCancelledException(source.task().name()));
            return;
        }
        CompletableFuture<Integer> moved;
        try {
            source.progress(new Progress(offset, total, Progress.Unit.BYTES, null));
            moved = toGuest ? send(local, file) : receive(local, file);
        } catch (Throwable e) {
            end(local, file, failed(e));
            return;
        }
        moved.whenComplete((count, failure) -> {
            if (failure != null) {
                stepFailed(local, file, toGuest, failure);
            } else if (count == 0 && toGuest) {
                endUpload(local, file);
            } else if (count == 0) {
                end(local, file, null);
            } else {
                retries.answered();
                lastChunk = offset;
                offset += count;
                step(local, file, toGuest);
            }
        });
    }

    private CompletableFuture<Integer> send(LocalEnd local, GuestFile file) throws IOException {
        byte[] chunk = local.read(offset, GuestFile.MAX_CHUNK);
        if (chunk.length > 0) {
            return file.write(chunk).thenApply(nothing -> chunk.length);
        }
        return flush(file).thenApply(nothing -> 0);
    }

    /**
     * Has the agent pass its buffer to the guest's kernel. An agent that fails, or ends, loses the buffer. If the reply
     * is lost, a second flush would find nothing to do, so the last chunk is written again before it.
     */
    private CompletableFuture<@Nullable Void> flush(GuestFile file) {
        return file.flush().whenComplete((nothing, failure) -> {
            if (failure != null) {
                offset = lastChunk;
            }
        });
    }

    /**
     * Receives a chunk. If the size is above the maximum, one byte is read before that is reported, because a directory
     * has a huge size on some file systems, and the agent names that reason only when it reads.
     */
    private CompletableFuture<Integer> receive(LocalEnd local, GuestFile file) throws IOException {
        boolean isTooLong = total != null && total > maxBytes;
        return file.read(isTooLong ? 1 : GuestFile.MAX_CHUNK).thenApply(chunk -> {
            // an agent may lie about the size, or send without end
            if (isTooLong || chunk.length > maxBytes - offset) {
                throw tooLong();
            }
            try {
                local.write(offset, chunk);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return chunk.length;
        });
    }

    private void stepFailed(LocalEnd local, GuestFile file, boolean toGuest, Throwable failure) {
        Throwable cause = TaskSource.unwrap(failure);
        if (cancelled) {
            end(local, file, new TaskCancelledException(source.task().name()));
        } else if (!retries.scheduledWhileDisabled(cause, () -> resume(local, file, toGuest))) {
            end(local, file, cause instanceof QmpException ? cause : failed(cause));
        }
    }

    /** Ends the copy, and closes the guest's file in the background. */
    private void end(LocalEnd local, @Nullable GuestFile file, @Nullable Throwable failure) {
        if (file != null) {
            file.close();
        }
        endLocal(local, failure);
    }

    /**
     * Ends an upload after its flush. Some file systems, such as NFS, report a late failure of a write at the close. A
     * close without an answer does not hold up the end.
     */
    private void endUpload(LocalEnd local, GuestFile file) {
        CompletableFuture<@Nullable Void> unanswered = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> closed = file.closeAsync(() -> unanswered.complete(null));
        CompletableFuture.anyOf(closed, unanswered).whenComplete((nothing, failure) -> endLocal(local, failure));
    }

    private void endLocal(LocalEnd local, @Nullable Throwable failure) {
        try {
            local.end(failure == null);
            if (failure == null) {
                source.complete(result.apply(offset));
                return;
            }
        } catch (Throwable e) {
            source.fail(failure == null ? failed(e) : failure);
            return;
        }
        source.fail(failure);
    }

    private TaskFailedException tooLong() {
        return new TaskFailedException(source.task().name(), "the file is longer than " + maxBytes + " bytes", null);
    }

    private TaskFailedException failed(Throwable failure) {
        Throwable cause = failure.getCause() instanceof IOException disk ? disk : failure;
        return new TaskFailedException(source.task().name(), Text.messageOf(cause), cause);
    }
}

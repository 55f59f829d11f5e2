package dev.qmp.agent;

import dev.qmp.error.MappingException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.agent.command.GuestFileClose;
import dev.qmp.qapi.agent.command.GuestFileFlush;
import dev.qmp.qapi.agent.command.GuestFileOpen;
import dev.qmp.qapi.agent.command.GuestFileRead;
import dev.qmp.qapi.agent.command.GuestFileSeek;
import dev.qmp.qapi.agent.command.GuestFileWrite;
import dev.qmp.qapi.agent.type.GuestFileWhence;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open file in the guest, with a position. {@link GuestAgent#open} opens it. The handle belongs to the agent, not to
 * the session: it stays open after a lost connection, until the agent ends.
 *
 * <p>{@link GuestAgent#download}, {@link GuestAgent#upload}, {@link GuestAgent#readFile} and {@link
 * GuestAgent#writeFile} are simpler, and continue after a lost connection.
 *
 * <p>If the guest is rebooted, the files are lost, and a Linux agent counts its handles anew. If this client then opens
 * another file that gets the same handle, the older object is marked as lost. Its commands are not sent and fail with
 * {@link NotSentException}, and its close completes. Two gaps remain:
 *
 * <ul>
 *   <li>If the reply to that open is lost, or another program opens the file, the older object is not marked, and its
 *       commands reach the other file.
 *   <li>A command that is queued behind that open is sent before the older object is marked. It fails with {@link
 *       OutcomeUnknownException}. If it is a write and the mode is {@code a}, {@code r+} or {@code a+}, its bytes stay
 *       in the other file.
 * </ul>
 *
 * <p>So end copies and close files before a reboot.
 *
 * <p>If a read or write has an unknown outcome, the position is unknown, too: {@link #seek} before the next one.
 *
 * <p>Thread safety: any thread may use it. The commands of one object are executed in the order of the calls. A write
 * of more than {@value #MAX_CHUNK} bytes consists of several commands. Operations that are called meanwhile begin when
 * it has ended, and after each other, even if it fails.
 */
public final class GuestFile implements AutoCloseable {

    /**
     * The maximum number of bytes that one command transfers. In base64 they fit the default {@code maxCommandSize} of
     * 1 MiB.
     */
    public static final int MAX_CHUNK = 256 * 1024;

    /** The limit of consecutive partial writes. QEMU's agent writes a part only before it reports an error. */
    private static final int MAX_SHORT_WRITES = 8;

    /** How often a file is opened again, so that an agent that always returns the same handle ends the series. */
    private static final int MAX_REOPENS = 8;

    private static final long FROM_START = 0;
    private static final long FROM_END = 2;
    private static final Duration CLOSE_LIMIT = Duration.ofMinutes(10);

    private final GuestAgent agent;
    private final String path;
    private final FileHandle handle;
    private final AtomicReference<@Nullable CompletableFuture<@Nullable Void>> closed = new AtomicReference<>();
    private final Object lock = new Object();
    /** Completes when the last long write, and the operations behind it, have ended. Guarded by the lock. */
    private CompletableFuture<?> longWrites = CompletableFuture.completedFuture(null);

    private GuestFile(GuestAgent agent, String path, FileHandle handle) {
        this.agent = agent;
        this.path = path;
        this.handle = handle;
    }

    /**
     * {@return a file whose handle was opened before, by this client or another}
     *
     * @param path the path that was opened, for messages
     * @param handle the agent's handle
     */
    public static GuestFile of(GuestAgent agent, String path, long handle) {
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(path, "path");
        return new GuestFile(agent, path, FileHandle.known(agent.client(), handle));
    }

    static CompletableFuture<GuestFile> open(GuestAgent agent, String path, String mode) {
        return open(agent, path, mode, MAX_REOPENS);
    }

    /**
     * Opens a file. If its handle belongs to an older file here, commands of that one may have been issued before, and
     * reach this one. So this one is closed, and opened with another handle.
     *
     * @param reopens how often it may be opened again
     */
    private static CompletableFuture<GuestFile> open(GuestAgent agent, String path, String mode, int reopens) {
        return agent.execute(GuestFileOpen.command(path).withMode(mode)).thenCompose(number -> {
            FileHandle.Opened opened = FileHandle.opened(agent.client(), number);
            GuestFile file = new GuestFile(agent, path, opened.handle());
            if (opened.older() == null || reopens == 0) {
                return CompletableFuture.completedFuture(file);
            }
            return file.closeOnce().thenCompose(nothing -> open(agent, path, mode, reopens - 1));
        });
    }

    /** Closes the file. The future completes after the first attempt, also if that has failed. */
    private CompletableFuture<@Nullable Void> closeOnce() {
        CompletableFuture<@Nullable Void> attempted = new CompletableFuture<>();
        closeAsync(() -> attempted.complete(null)).whenComplete((nothing, failure) -> attempted.complete(null));
        return attempted;
    }

    /** {@return the path that was opened} */
    public String path() {
        return path;
    }

    /** {@return the agent's handle} */
    public long handle() {
        return handle.number();
    }

    /**
     * Executes a command for the file, unless it is lost. If it was lost meanwhile, the command may have reached the
     * other file, so the future fails and the reply is ignored.
     *
     * @param name the command's name
     */
    private <R extends @Nullable Object> CompletableFuture<R> execute(String name, TypedCommand<R> command) {
        if (handle.isLost()) {
            return CompletableFuture.failedFuture(
                    new NotSentException(name, NotSentException.Reason.UNSENDABLE, lost(), null));
        }
        return agent.execute(command).thenApply(result -> {
            if (handle.isLost()) {
                throw new OutcomeUnknownException(name, OutcomeUnknownException.Reason.DISCONNECTED, lost(), null);
            }
            return result;
        });
    }

    /** Starts an operation at once or, while a long write is in progress, after it. */
    private <R extends @Nullable Object> CompletableFuture<R> inTurn(
            boolean isLongWrite, Supplier<CompletableFuture<R>> operation) {
        CompletableFuture<@Nullable Void> unlocked = new CompletableFuture<>();
        CompletableFuture<R> later = null;
        synchronized (lock) {
            CompletableFuture<?> before = longWrites;
            if (isLongWrite || !before.isDone()) {
                later = unlocked.thenCompose(nothing -> before).thenCompose(ended -> operation.get());
                longWrites = later.handle((result, failure) -> null);
            }
        }
        unlocked.complete(null); // outside of the lock, because the operation calls observers of commands
        return TaskSource.unwrapped(later == null ? operation.get() : later, Runnable::run);
    }

    private <R extends @Nullable Object> CompletableFuture<R> inTurn(Supplier<CompletableFuture<R>> operation) {
        return inTurn(false, operation);
    }

    private String lost() {
        return "handle '" + handle() + "' is lost: the agent has given it to another file, as after a guest's reboot";
    }

    /**
     * Reads bytes at the position, which moves behind them.
     *
     * @param count the maximum number of bytes; from 1 to {@value #MAX_CHUNK}
     * @return the bytes, possibly fewer than {@code count}; empty at the end of the file. Fails with {@link
     *     dev.qmp.error.CommandException}, or with {@link MappingException} if the agent returns more bytes, or text
     *     that is not base64
     * @throws IllegalArgumentException if the count is out of range
     */
    public CompletableFuture<byte[]> read(int count) {
        if (count < 1 || count > MAX_CHUNK) {
            throw new IllegalArgumentException("count must be from 1 to " + MAX_CHUNK + ", not " + count);
        }
        GuestFileRead command = GuestFileRead.command(handle()).withCount((long) count);
        return inTurn(() -> execute("guest-file-read", command).thenApply(chunk -> {
            byte[] bytes = decode(chunk.bufB64());
            if (bytes.length > count) {
                throw new MappingException(
                        "guest-file-read returned " + bytes.length + " bytes, but " + count + " were wanted", null);
            }
            return bytes;
        }));
    }

    /**
     * Writes all bytes at the position, which moves behind them.
     *
     * @return completes when the agent has written the last one; fails with {@link dev.qmp.error.CommandException}, or
     *     with {@link MappingException} if the agent writes no bytes, or nine times in succession fewer than were sent.
     *     Then a part may have been written
     */
    public CompletableFuture<@Nullable Void> write(byte[] bytes) {
        byte[] copy = Objects.requireNonNull(bytes, "bytes").clone();
        return inTurn(copy.length > MAX_CHUNK, () -> writeFrom(copy, 0, 0));
    }

    /**
     * Writes the bytes from an offset on.
     *
     * @param shortWrites the number of consecutive partial writes
     */
    private CompletableFuture<@Nullable Void> writeFrom(byte[] bytes, int offset, int shortWrites) {
        if (offset >= bytes.length) {
            return CompletableFuture.completedFuture(null);
        }
        byte[] chunk = Arrays.copyOfRange(bytes, offset, Math.min(bytes.length, offset + MAX_CHUNK));
        GuestFileWrite command =
                GuestFileWrite.command(handle(), Base64.getEncoder().encodeToString(chunk));
        return execute("guest-file-write", command).thenCompose(written -> {
            long count = written.count();
            if (count < 1 || count > chunk.length) {
                throw new MappingException("guest-file-write wrote " + count + " of " + chunk.length + " bytes", null);
            }
            int partial = count == chunk.length ? 0 : shortWrites + 1;
            if (partial > MAX_SHORT_WRITES) {
                throw new MappingException(
                        "guest-file-write wrote " + count + " of " + chunk.length + " bytes, after " + MAX_SHORT_WRITES
                                + " other partial writes (fixed limit)",
                        null);
            }
            return writeFrom(bytes, offset + (int) count, partial);
        });
    }

    /**
     * Moves the position.
     *
     * @param offset from the start of the file, in bytes; not negative
     * @return the new position, from the start of the file; fails with {@link dev.qmp.error.CommandException}
     * @throws IllegalArgumentException if the offset is negative
     */
    public CompletableFuture<Long> seek(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset must not be negative, but is " + offset);
        }
        return seek(offset, FROM_START);
    }

    /**
     * Moves the position to the end.
     *
     * @return the new position, which is the file's size; fails with {@link dev.qmp.error.CommandException}
     */
    public CompletableFuture<Long> seekToEnd() {
        return seek(0, FROM_END);
    }

    /** Sends the origin as a number, which all agents accept. Its name is accepted from 2.6 on. */
    private CompletableFuture<Long> seek(long offset, long origin) {
        GuestFileSeek command = GuestFileSeek.command(handle(), offset, GuestFileWhence.of(origin));
        return inTurn(() -> execute("guest-file-seek", command).thenApply(moved -> moved.position()));
    }

    /**
     * Flushes written data from the agent to the guest's kernel.
     *
     * @return completes when the agent has done it; fails with {@link dev.qmp.error.CommandException}
     */
    public CompletableFuture<@Nullable Void> flush() {
        return inTurn(() -> execute("guest-file-flush", GuestFileFlush.command(handle())));
    }

    /**
     * Closes the file. While the agent is away, or file systems are frozen, the close is repeated in the background,
     * for ten minutes, or until the client is closed. If the file may still be open then, it can be closed again. A
     * client that is closed during a long write does not close the file: first await this future.
     *
     * @return completes when the agent has closed it, or no longer has it because it was restarted. Fails with {@link
     *     dev.qmp.error.CommandException} if the agent reports another error, such as a late failure of a write
     */
    public CompletableFuture<@Nullable Void> closeAsync() {
        return closeAsync(() -> {});
    }

    /**
     * Closes the file as {@link #closeAsync()} does.
     *
     * @param unanswered called after each attempt that the agent has not executed or not answered
     */
    CompletableFuture<@Nullable Void> closeAsync(Runnable unanswered) {
        CompletableFuture<@Nullable Void> ours = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> first = closed.compareAndExchange(null, ours);
        if (first != null) {
            return TaskSource.unwrapped(first, Runnable::run);
        }
        inTurn(() -> {
            try {
                close(ours, new Retries(agent.client(), CLOSE_LIMIT, true), unanswered);
            } catch (Throwable e) { // such as OutOfMemoryError
                closed.set(null);
                ours.completeExceptionally(e);
            }
            return CompletableFuture.completedFuture(null);
        });
        return TaskSource.unwrapped(ours, Runnable::run);
    }

    private void close(CompletableFuture<@Nullable Void> done, Retries retries, Runnable unanswered) {
        if (handle.isLost()) {
            done.complete(null);
            return;
        }
        agent.execute(GuestFileClose.command(handle())).whenComplete((nothing, failure) -> {
            if (failure == null) {
                handle.closed();
                done.complete(null);
                return;
            }
            Throwable cause = TaskSource.unwrap(failure);
            if (TaskSource.maySucceedLater(cause) || Retries.isDisabled(cause)) {
                unanswered.run();
            }
            if (isUnknownHandle(cause)) {
                handle.closed();
                done.complete(null);
            } else if (!retries.scheduledWhileDisabled(cause, () -> close(done, retries, unanswered))) {
                if (mayBeOpen(cause)) {
                    closed.set(null); // first, so that the caller can close it again
                } else {
                    handle.closed();
                }
                done.completeExceptionally(cause);
            }
        });
    }

    /** {@return whether an attempt whose reply was lost has closed the handle, or the agent was restarted} */
    private boolean isUnknownHandle(Throwable cause) {
        return cause instanceof RejectedException rejected
                && rejected.description().equals("handle '" + handle() + "' has not been found");
    }

    /**
     * {@return whether the handle may be open after a failed close} If the agent reports another error, it has closed
     * the handle. A second close of that one could crash the agent.
     */
    private static boolean mayBeOpen(Throwable cause) {
        return cause instanceof NotSentException
                || cause instanceof OutcomeUnknownException
                || Retries.isDisabled(cause);
    }

    /** Starts to close the file, as {@link #closeAsync()} does, and returns at once. */
    @Override
    public void close() {
        closeAsync();
    }

    @Override
    public String toString() {
        return "GuestFile[handle=" + handle() + "]";
    }

    /** Decodes the base64 of agents. */
    static byte[] decode(@Nullable String base64) {
        if (base64 == null) {
            return new byte[0];
        }
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new MappingException("the agent's data is not base64: " + e.getMessage(), e);
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.error.QmpException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One command from its issue to its outcome, and the future that its caller holds. It is both, because every command
 * needs both, and because cancelling the future is a step in the command's life. Its state is the {@link CommandTable}'s.
 *
 * @param <T> what the caller gets
 */
final class PendingCommand<T> extends CompletableFuture<T> {

    /** Where a command stands. */
    enum Stage {
        /** Accepted, not yet written. */
        QUEUED,
        /** Handed to the socket, no reply yet. */
        WRITTEN,
        /** Written, and its caller has given up; it holds its place on the wire until the reply comes. */
        ORPHANED
    }

    /** What QEMU reads in a millisecond, on a busy host. */
    private static final int BYTES_PER_MILLI = 200;

    private final QmpCommand command;
    private final long size;
    private final Function<QmpReply, T> reader;
    private final boolean wantsErrors;
    private final Executor completion;
    private final Consumer<PendingCommand<?>> onCancel;
    private final CommandObserver.Observed observed;
    private final @Nullable PushSubscription issuedWithin = PushSubscription.current();

    private final AtomicBoolean told = new AtomicBoolean();
    private @Nullable QmpCommand sent;
    private Stage stage = Stage.QUEUED;
    private long deadline;

    PendingCommand(
            QmpCommand command,
            long size,
            Function<QmpReply, T> reader,
            boolean wantsErrors,
            Executor completion,
            CommandObserver.Observed observed,
            Consumer<PendingCommand<?>> onCancel) {
        this.command = command;
        this.size = size;
        this.reader = reader;
        this.wantsErrors = wantsErrors;
        this.completion = completion;
        this.observed = observed;
        this.onCancel = onCancel;
    }

    QmpCommand command() {
        return command;
    }

    /** {@return how long the server takes to read it, at the least} */
    Duration transferTime() {
        return size < BYTES_PER_MILLI ? Duration.ZERO : Duration.ofMillis(size / BYTES_PER_MILLI);
    }

    /** {@return whether the caller reads errors himself instead of getting an exception} */
    boolean wantsErrors() {
        return wantsErrors;
    }

    /** {@return the subscription in whose callback the command was issued, which need not be waited for} */
    @Nullable
    PushSubscription issuedWithin() {
        return issuedWithin;
    }

    // ------------------------------------------------------------------ kept by the command table

    /** {@return the command as it goes over the wire, with its id} */
    @Nullable
    QmpCommand sent() {
        return sent;
    }

    void sent(QmpCommand withId) {
        this.sent = withId;
    }

    Stage stage() {
        return stage;
    }

    void stage(Stage stage) {
        this.stage = stage;
    }

    long deadline() {
        return deadline;
    }

    void deadline(long nanoTime) {
        this.deadline = nanoTime;
    }

    // ------------------------------------------------------------------ outcome

    /** Gives the caller what the server answered. */
    void answer(QmpReply reply, @Nullable QmpException rejection) {
        tellObserver(rejection);
        run(() -> {
            if (rejection != null) {
                completeExceptionally(rejection);
                return;
            }
            try {
                complete(reader.apply(reply));
            } catch (QmpJson.MappingException e) {
                completeExceptionally(new ResultException(command.name(), e));
            } catch (Throwable e) {
                completeExceptionally(e);
            }
        });
    }

    void fail(Throwable failure) {
        tellObserver(failure);
        run(() -> completeExceptionally(failure));
    }

    /** A cancellation may overtake the outcome, or the other way round: the first is what happened. */
    private void tellObserver(@Nullable Throwable failure) {
        if (told.compareAndSet(false, true)) {
            observed.commandCompleted(failure);
        }
    }

    private void run(Runnable callback) {
        try {
            completion.execute(callback);
        } catch (RejectedExecutionException e) {
            callback.run(); // every future completes, even after its executor
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            tellObserver(new CancellationException("the caller cancelled " + command.name()));
            onCancel.accept(this);
        }
        return cancelled;
    }
}

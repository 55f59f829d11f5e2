package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.error.MappingException;
import dev.qmp.error.QmpException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpReply;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One command from its issue to its outcome, and the future that its caller holds. It is both, because every command
 * needs both, and because ending the future is a step in the command's life. Its state is the {@link CommandTable}'s.
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

    /** Half of what QEMU was seen to read in a millisecond on a busy host: 110, and 144 on an idle one. */
    private static final int BYTES_PER_MILLI = 50;

    private static final AtomicLong COUNTER = new AtomicLong();

    private final QmpCommand command;
    private final long size;
    private final Function<QmpReply, T> reader;
    private final boolean wantsErrors;
    private final Executor completion;
    /** The session that the command was admitted to; null if it was refused. */
    private final @Nullable QmpSession session;

    private final CommandObserver.Observed observer;
    private final CommandLog log;
    private final @Nullable PushSubscription issuedWithin = PushSubscription.current();

    private final long issuedAt = System.nanoTime();
    private final AtomicBoolean observed = new AtomicBoolean();
    private @Nullable QmpCommand sent;
    /** Written by the event loop; read by any thread for the client's status. */
    private volatile Stage stage = Stage.QUEUED;

    private boolean confirmed;
    private @Nullable QmpErrorInfo unattributed;
    /** What {@code System.nanoTime()} is when the time of the command is over. */
    private long deadline;

    private final long number = COUNTER.incrementAndGet();

    PendingCommand(
            QmpCommand command,
            long size,
            Function<QmpReply, T> reader,
            boolean wantsErrors,
            Executor completion,
            CommandObserver.Observed observer,
            @Nullable QmpSession session,
            CommandLog log) {
        this.command = command;
        this.size = size;
        this.reader = reader;
        this.wantsErrors = wantsErrors;
        this.completion = completion;
        this.observer = observer;
        this.session = session;
        this.log = log;
    }

    QmpCommand command() {
        return command;
    }

    /** {@return the {@code System.nanoTime()} of the issue} */
    long issuedAt() {
        return issuedAt;
    }

    /** {@return how long the server may take to read it} */
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

    /** {@return whether the machine has said otherwise than by a reply that it does as it is told} */
    boolean isConfirmed() {
        return confirmed;
    }

    void confirm() {
        this.confirmed = true;
    }

    /** Notes an error without an id that may belong to this command: it is shown by the failure, whatever that is. */
    void unattributed(QmpErrorInfo error) {
        this.unattributed = error;
    }

    long deadline() {
        return deadline;
    }

    /** Orders commands by their deadlines, and those with the same one by their issue. */
    static int compareDeadlines(PendingCommand<?> one, PendingCommand<?> other) {
        long difference = one.deadline - other.deadline; // of two values of a clock that may overflow
        return difference != 0 ? Long.signum(difference) : Long.compare(one.number, other.number);
    }

    void deadline(long nanoTime) {
        this.deadline = nanoTime;
    }

    // ------------------------------------------------------------------ outcome

    /** Completes the future with the reply of the server. */
    void answer(QmpReply reply, @Nullable QmpException rejection) {
        observe(rejection);
        run(() -> {
            if (rejection != null) {
                super.completeExceptionally(rejection);
                return;
            }
            try {
                super.complete(reader.apply(reply));
            } catch (MappingException e) {
                super.completeExceptionally(new ResultException(command.name(), e));
            } catch (Throwable e) {
                super.completeExceptionally(e);
            }
        });
    }

    void fail(Throwable failure) {
        if (unattributed != null) {
            failure.addSuppressed(UnattributedErrors.exception(unattributed));
        }
        observe(failure);
        run(() -> super.completeExceptionally(failure));
    }

    /**
     * Notifies the observer of the outcome, if none came before: the holder of the future may end it at the same time.
     */
    void observe(@Nullable Throwable failure) {
        if (observed.compareAndSet(false, true)) {
            observer.commandCompleted(failure);
            log.completed(this, failure);
        }
    }

    private void run(Runnable callback) {
        completion.execute(callback);
    }

    // ------------------------------------------------------------------ ended by its holder: every way to do so

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return abandoned(super.cancel(mayInterruptIfRunning));
    }

    /** {@code completeOnTimeout} calls this, too. */
    @Override
    public boolean complete(T value) {
        return abandoned(super.complete(value));
    }

    /** {@code orTimeout} calls this, too. */
    @Override
    public boolean completeExceptionally(Throwable failure) {
        return abandoned(super.completeExceptionally(failure));
    }

    /**
     * Completes this future as the JDK's method does, but by {@link #complete} and {@link #completeExceptionally},
     * because the JDK's own code calls neither. {@code completeAsync(Supplier)} calls this.
     */
    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        executor.execute(() -> {
            if (isDone()) {
                return;
            }
            try {
                complete(supplier.get());
            } catch (Throwable e) {
                completeExceptionally(e);
            }
        });
        return this;
    }

    /** If the command has no outcome yet, this ends it; else only the value changes. */
    @Override
    public void obtrudeValue(T value) {
        if (!complete(value)) {
            super.obtrudeValue(value);
        }
    }

    /** If the command has no outcome yet, this ends it; else only the failure changes. */
    @Override
    public void obtrudeException(Throwable failure) {
        if (!completeExceptionally(failure)) {
            super.obtrudeException(failure);
        }
    }

    /** The waiting caller was interrupted; from any thread. The command fails, unless it has its outcome already. */
    void interrupted(Runnable then) {
        if (session == null) {
            then.run();
        } else {
            session.interrupted(this, then);
        }
    }

    private boolean abandoned(boolean ended) {
        if (ended) {
            observe(new CancellationException("the caller gave up " + command.name()));
            if (session != null) {
                session.abandoned(this);
            }
        }
        return ended;
    }
}

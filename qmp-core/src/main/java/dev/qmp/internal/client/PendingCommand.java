package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.error.NotSentException;
import dev.qmp.error.QmpException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpReply;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One command from its issue to its outcome, and the future that its caller holds. It is both, because every command
 * needs both, and because ending the future is a step in the command's life. It is also the task that completes the
 * future, and a link of the inbox, because each object more costs every command.
 *
 * @param <T> the caller's result
 */
final class PendingCommand<T> extends CompletableFuture<T> implements Runnable {

    /** The stage of a command. */
    enum Stage {
        /** The command is accepted and not yet written. */
        QUEUED,
        /** The command is being passed to the transport, or was passed to it, and its reply is due. */
        WRITTEN,
        /** The command was written and is abandoned. It holds its place on the wire until its reply arrives. */
        ABANDONED
    }

    /** Half of the measured speed of QEMU: 110 bytes in a millisecond on a busy host, and 144 on an idle one. */
    private static final int BYTES_PER_MILLI = 50;

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<PendingCommand> OBSERVED =
            AtomicIntegerFieldUpdater.newUpdater(PendingCommand.class, "observed");

    /** Replaces the outcome when the future is completed, because otherwise a large reply would stay in memory. */
    private static final Object SETTLED = new Object();

    private final QmpCommand command;
    private final int transferMillis;
    private final ReplyReader<T> reader;
    private final Executor completion;
    /** The session that the command was admitted to; null if it was refused. */
    private final @Nullable QmpSession session;

    private final CommandObserver.Observed observer;
    private final CommandLog log;
    private final @Nullable PushSubscription issuedWithin = PushSubscription.current();

    private final long issuedAt = System.nanoTime();
    /** 1 if the observer was notified of the outcome, else 0. Changed by {@link #OBSERVED}. */
    @SuppressWarnings("UnusedVariable")
    private volatile int observed;

    /** Written by the {@link CommandTable}, or by {@link DirectCommands} before the caller writes. */
    private @Nullable QmpCommand withId;
    /** Written by the {@link CommandTable} on the event loop, and read by any thread for the client's status. */
    private volatile Stage stage = Stage.QUEUED;
    /** Written by {@link CommandFlow}. */
    private boolean confirmed;
    /** Written by {@link AgentSync}. */
    private @Nullable QmpErrorInfo unattributed;
    /** In the values of {@code System.nanoTime()}. Written by {@link CommandDeadlines}. */
    private long deadline;
    /** Written by {@link DueCommands}. */
    private int duePlace = DueCommands.NOWHERE;
    /** Written by {@link CommandInbox}. */
    private @Nullable PendingCommand<?> neighbour;
    /** The blocking caller, null if there is none. */
    private volatile @Nullable Thread waiter;

    /** The reply or the failure that the future is to be completed with; null before. */
    private @Nullable Object outcome;

    PendingCommand(
            QmpCommand command,
            long size,
            ReplyReader<T> reader,
            Executor completion,
            CommandObserver.Observed observer,
            @Nullable QmpSession session,
            CommandLog log) {
        this.command = command;
        this.transferMillis = (int) Math.min(Integer.MAX_VALUE, size / BYTES_PER_MILLI);
        this.reader = reader;
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

    /** {@return how long the server may take to read the command} */
    Duration transferTime() {
        return transferMillis == 0 ? Duration.ZERO : Duration.ofMillis(transferMillis);
    }

    /** {@return the executor on which the outcome completes} */
    Executor completion() {
        return completion;
    }

    /** {@return whether an error of the server is a result for the caller, not an exception} */
    boolean takesErrors() {
        return reader.takesErrors();
    }

    /**
     * {@return the subscription in whose callback the command was issued; its reply does not wait for that callback}
     */
    @Nullable
    PushSubscription issuedWithin() {
        return issuedWithin;
    }

    // ------------------------------------------------------------------ written by the session's parts

    /** {@return the command with its id, as it is written; null before it has one} */
    @Nullable
    QmpCommand withId() {
        return withId;
    }

    void withId(QmpCommand command) {
        this.withId = command;
    }

    Stage stage() {
        return stage;
    }

    void stage(Stage stage) {
        this.stage = stage;
    }

    /**
     * {@return whether a {@code SHUTDOWN} event has confirmed this {@code quit}, so that a missing reply counts as
     * success}
     */
    boolean isConfirmed() {
        return confirmed;
    }

    void confirm() {
        this.confirmed = true;
    }

    /** Notes an error without an id that may belong to this command. The command's failure contains it. */
    void unattributed(QmpErrorInfo error) {
        this.unattributed = error;
    }

    long deadline() {
        return deadline;
    }

    /** {@return whether the deadline is earlier, on a clock that may overflow} */
    boolean isDueBefore(PendingCommand<?> other) {
        return deadline - other.deadline < 0;
    }

    void deadline(long nanoTime) {
        this.deadline = nanoTime;
    }

    /** {@return the command's place in {@link DueCommands}} */
    int duePlace() {
        return duePlace;
    }

    void duePlace(int place) {
        this.duePlace = place;
    }

    /** {@return the next command of the {@link CommandInbox}} */
    @Nullable
    PendingCommand<?> neighbour() {
        return neighbour;
    }

    void neighbour(@Nullable PendingCommand<?> other) {
        this.neighbour = other;
    }

    /** {@return the session that the command was admitted to, null if it was refused} */
    @Nullable
    QmpSession session() {
        return session;
    }

    // ------------------------------------------------------------------ outcome

    /** Keeps why the command is not sent, until {@link #failRefused()}. */
    void refuse(NotSentException refusal) {
        this.outcome = refusal;
    }

    /** Fails a refused command. */
    void failRefused() {
        if (outcome instanceof NotSentException refusal) {
            try {
                observe(refusal);
            } finally {
                settleNow();
            }
        }
    }

    /** Completes the future with the reply of the server. */
    void answer(QmpReply reply, @Nullable QmpException rejection) {
        try {
            observe(rejection);
        } finally {
            settle(rejection != null ? rejection : reply);
        }
    }

    void fail(Throwable failure) {
        if (unattributed != null) {
            failure.addSuppressed(ReplyMatching.unattributed(unattributed));
        }
        try {
            observe(failure);
        } finally {
            settle(failure);
        }
    }

    /** The first outcome counts. */
    private void settle(Object replyOrFailure) {
        if (outcome == null) {
            outcome = replyOrFailure;
            settleNow();
        }
    }

    private void settleNow() {
        try {
            completion.execute(this);
        } catch (Throwable e) { // nothing else would complete the future; to run it twice has no effect
            run();
        }
    }

    /** Completes the future with the outcome, if there is one; on the executor of the command's completion. */
    @Override
    public void run() {
        Object reached = outcome;
        if (reached instanceof QmpReply reply) {
            completeWith(reply);
        } else if (reached instanceof Throwable failure) {
            super.completeExceptionally(failure);
        }
        outcome = reached == null ? null : SETTLED;
        LockSupport.unpark(waiter);
    }

    /**
     * Waits until {@link #run()} has completed the future. {@code get()} is avoided, because it creates an object for
     * each wait. A ForkJoin thread calls it nevertheless, because {@code get()} lets the pool start another thread for
     * the wait.
     */
    void awaitOutcome() throws InterruptedException {
        if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
            awaitInPool();
            return;
        }
        waiter = Thread.currentThread();
        while (!isDone()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.park(this);
        }
    }

    private void awaitInPool() throws InterruptedException {
        try {
            get();
        } catch (ExecutionException e) {
            // the failure is an outcome; the future has it
        }
    }

    private void completeWith(QmpReply reply) {
        try {
            super.complete(ReplyReader.read(command, reader, reply));
        } catch (Throwable e) {
            super.completeExceptionally(e);
        }
    }

    /** Notifies the observer of the outcome, once. The holder of the future may end it at the same time. */
    void observe(@Nullable Throwable failure) {
        if (OBSERVED.compareAndSet(this, 0, 1)) {
            observer.commandCompleted(failure);
            log.completed(this, failure);
        }
    }

    // ------------------------------------------------------------------ ended by its holder: every way to do so

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return endedByCaller(super.cancel(mayInterruptIfRunning));
    }

    /** {@code completeOnTimeout} calls this method, too. */
    @Override
    public boolean complete(T value) {
        return endedByCaller(super.complete(value));
    }

    /** {@code orTimeout} calls this method, too. */
    @Override
    public boolean completeExceptionally(Throwable failure) {
        return endedByCaller(super.completeExceptionally(failure));
    }

    /**
     * Completes this future as the JDK's method does, but by {@link #complete} and {@link #completeExceptionally},
     * because the JDK's own code calls neither. {@code completeAsync(Supplier)} calls this method.
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

    /** If the command has no outcome yet, this call ends it. Otherwise only the value changes. */
    @Override
    public void obtrudeValue(T value) {
        if (!complete(value)) {
            super.obtrudeValue(value);
        }
    }

    /** If the command has no outcome yet, this call ends it. Otherwise only the failure changes. */
    @Override
    public void obtrudeException(Throwable failure) {
        if (!completeExceptionally(failure)) {
            super.obtrudeException(failure);
        }
    }

    /**
     * Fails the command after its waiting caller was interrupted, unless it has its outcome already. Any thread may
     * call it.
     */
    void interrupted(Runnable then) {
        if (session == null) {
            then.run();
        } else {
            session.interrupted(this, then);
        }
    }

    private boolean endedByCaller(boolean ended) {
        if (ended) {
            observe(new CancellationException("the caller no longer waits for " + command.name()));
            if (session != null) {
                session.endedByCaller(this);
            }
        }
        return ended;
    }
}

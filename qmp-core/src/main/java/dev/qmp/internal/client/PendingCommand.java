package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.error.NotSentException;
import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpReply;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One command from its issue to its outcome, and the future that its caller holds. It is both, because every command
 * needs both, and because ending the future is a step in the command's life. It is also the task that completes the
 * future, because each object more costs every command.
 *
 * @param <T> the caller's result
 */
final class PendingCommand<T> extends CallerFuture<T> implements Runnable {

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

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<PendingCommand, @Nullable CommandCounts> PLACE =
            AtomicReferenceFieldUpdater.newUpdater(PendingCommand.class, CommandCounts.class, "place");

    /** Replaces the outcome when the future is completed, because otherwise a large reply would stay in memory. */
    private static final Object SETTLED = new Object();

    private final QmpCommand command;
    private final int transferMillis;
    private final ReplyReader<T> reader;
    private final Executor completion;
    /** The session that the command is for; null if it was refused before its admission. */
    private final @Nullable QmpSession session;

    private final CommandObserver.Observed observer;
    private final CommandLog log;

    private final long issuedAt = System.nanoTime();
    /** 1 if the observer was notified of the outcome, else 0. Changed by {@link #OBSERVED}. */
    @SuppressWarnings("UnusedVariable")
    private volatile int observed;

    /** Written by the {@link CommandTable}, or by {@link DirectCommands} before the caller writes. */
    private @Nullable QmpCommand withId;
    /** The counts that contain this command, in its stage; null before its admission and after its release. */
    private volatile @Nullable CommandCounts place;
    /** Changed by {@link #moveTo}, and read by any thread for the client's status. */
    private volatile Stage stage = Stage.QUEUED;
    /** Written by {@link CommandIssuer}. */
    private @Nullable PushSubscription issuedWithin;
    /** Written by {@link CommandIssuer}. */
    private boolean refused;
    /** Written by {@link CommandFlow}. */
    private boolean confirmed;
    /** Written by {@link AgentSync}. */
    private @Nullable QmpErrorInfo unattributed;
    /** In the values of {@code System.nanoTime()}. Written by {@link CommandDeadlines}. */
    private long deadline;
    /** Written by {@link DueCommands}. */
    private int duePlace = DueCommands.NOWHERE;
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

    /**
     * {@return the subscription in whose callback the command was issued; its reply does not wait for that callback}
     */
    @Nullable
    PushSubscription issuedWithin() {
        return issuedWithin;
    }

    void issuedWithin(@Nullable PushSubscription subscription) {
        this.issuedWithin = subscription;
    }

    /** {@return the session that the command is for; null if it was refused before its admission} */
    @Nullable
    QmpSession session() {
        return session;
    }

    // ------------------------------------------------------------------ its place in the counts

    /**
     * {@return whether there was room for the command} If so, it counts as queued, and holds its place until {@link
     * #release()}.
     */
    boolean admit(CommandCounts counts) {
        boolean admitted = counts.admit();
        place = admitted ? counts : null;
        return admitted;
    }

    Stage stage() {
        return stage;
    }

    /**
     * Changes the stage and the counts. Called by the {@link CommandTable}, and by {@link DirectCommands} before the
     * caller writes.
     */
    void moveTo(Stage next) {
        CommandCounts counts = place;
        if (counts != null) {
            counts.move(stage, next);
        }
        stage = next;
    }

    /** Releases the command's place, if it holds one. Any thread may call it, and more than once. */
    void release() {
        CommandCounts counts = PLACE.getAndSet(this, null);
        if (counts != null) {
            counts.remove(stage);
        }
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

    // ------------------------------------------------------------------ outcome

    /** Keeps why the command is not sent, until {@link #failRefused()}. */
    void refuse(NotSentException refusal) {
        this.refused = true;
        this.outcome = refusal;
    }

    boolean isRefused() {
        return refused;
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

    /**
     * Completes the future with the reply of the server.
     *
     * @param rejection the failure that the reply stands for; null if it is a success. A raw command completes with the
     *     reply all the same
     */
    void answer(QmpReply reply, @Nullable QmpException rejection) {
        try {
            observe(rejection);
        } finally {
            settle(rejection != null && !reader.takesErrors() ? rejection : reply);
        }
    }

    /** Fails the command. It releases its place, unless it is abandoned: then its reply is still due. */
    void fail(Throwable failure) {
        if (stage != Stage.ABANDONED) {
            release();
        }
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
            deliverFailure(failure);
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
            deliver(ReplyReader.read(command, reader, reply));
        } catch (Throwable e) {
            deliverFailure(e);
        }
    }

    /** Notifies the observer of the outcome, once. The holder of the future may end it at the same time. */
    void observe(@Nullable Throwable failure) {
        if (OBSERVED.compareAndSet(this, 0, 1)) {
            observer.commandCompleted(failure);
            log.completed(this, failure);
        }
    }

    // ------------------------------------------------------------------ ended by its caller

    @Override
    void endedByCaller() {
        observe(new CancellationException("the caller no longer waits for " + Text.printable(command.name())));
        if (session != null) {
            session.endedByCaller(this);
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
}

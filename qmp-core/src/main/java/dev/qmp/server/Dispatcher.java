package dev.qmp.server;

import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpReply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs handlers as QEMU does: one thread for commands in band, another one for commands out of band. */
final class Dispatcher {

    private final CommandHandlers handlers;
    private final Replies replies;
    private final Runnable hangUp;
    private final ThreadPoolExecutor inBand;
    private final ThreadPoolExecutor outOfBand;
    private final FailureLog failures;

    /** Guards {@link #owed} and {@link #closed}, which change together. */
    private final ReentrantLock lock = new ReentrantLock();

    /** The number of commands that were received and have no outcome yet. */
    private int owed;

    private boolean closed;

    /** Sends replies. */
    interface Replies {

        /**
         * Sends a reply to the client.
         *
         * @param command the command that it replies to; null if the input was none
         */
        void send(@Nullable QmpCommand command, QmpReply reply);
    }

    Dispatcher(String name, CommandHandlers handlers, Replies replies, Runnable hangUp, FailureLog failures) {
        this.handlers = handlers;
        this.replies = replies;
        this.hangUp = hangUp;
        this.failures = failures;
        this.inBand = executor("qmp-" + name + ".main");
        this.outOfBand = executor("qmp-" + name + ".oob");
    }

    /** {@return an executor of one thread} The thread ends after five idle seconds, so an idle server needs none. */
    private static ThreadPoolExecutor executor(String name) {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** {@return whether the command was accepted; false if the dispatcher is closed} */
    boolean submit(QmpCommand command) {
        return submit(command.isOutOfBand() ? outOfBand : inBand, () -> outcomeOf(command));
    }

    /** Has a reply sent after those of all commands in band. */
    boolean submit(QmpReply reply) {
        return submit(inBand, () -> () -> replies.send(null, reply));
    }

    private boolean submit(ThreadPoolExecutor executor, Supplier<Runnable> step) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            executor.execute(() -> execute(step));
            owed++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void execute(Supplier<Runnable> step) {
        Runnable outcome = () -> {};
        try {
            outcome = step.get();
        } finally {
            settle(outcome);
        }
    }

    /**
     * Counts the command as done and delivers its outcome, in one step with respect to {@link #close()}. So a command
     * is either counted as owed or has its reply.
     */
    private void settle(Runnable outcome) {
        lock.lock();
        try {
            owed--;
            if (!closed) {
                outcome.run();
            }
        } finally {
            lock.unlock();
        }
    }

    private Runnable outcomeOf(QmpCommand command) {
        try {
            QmpReply reply = handlers.execute(command, failures);
            return () -> replies.send(command, reply);
        } catch (HangUp e) {
            return hangUp;
        } catch (NoReply e) {
            return () -> {};
        }
    }

    /** Removes the queued commands after the client has left. The executing commands go on. */
    void clear() {
        List<Runnable> forgotten = new ArrayList<>();
        lock.lock();
        try {
            inBand.getQueue().drainTo(forgotten);
            outOfBand.getQueue().drainTo(forgotten);
            owed -= forgotten.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Interrupts the executing handlers and drops their outcomes.
     *
     * @return whether every received command had its outcome before
     */
    boolean close() {
        lock.lock();
        try {
            closed = true;
            inBand.shutdownNow();
            outOfBand.shutdownNow();
            return owed == 0;
        } finally {
            lock.unlock();
        }
    }
}

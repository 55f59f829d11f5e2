package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpReply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** Runs handlers as QEMU does: those in band one at a time, those out of band at once. */
final class Dispatcher {

    private final CommandHandlers handlers;
    private final Consumer<QmpReply> replies;
    private final Runnable hangUp;
    private final ThreadPoolExecutor inBand;
    private final ThreadPoolExecutor outOfBand;
    private final Logger logger;

    /** Commands that came and have no outcome yet. */
    private final AtomicInteger owed = new AtomicInteger();

    private volatile boolean closed;

    Dispatcher(CommandHandlers handlers, Consumer<QmpReply> replies, Runnable hangUp, Logger logger) {
        this.handlers = handlers;
        this.replies = replies;
        this.hangUp = hangUp;
        this.logger = logger;
        this.inBand = executor(logger.getName() + ".main");
        this.outOfBand = executor(logger.getName() + ".oob");
    }

    /** One thread, that goes when it has been idle for a while: a thousand quiet servers need none. */
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

    /** {@return whether it was taken; it is not once the dispatcher is closed} */
    boolean submit(QmpCommand command) {
        owed.incrementAndGet();
        try {
            (command.isOutOfBand() ? outOfBand : inBand).execute(() -> execute(command));
            return true;
        } catch (RejectedExecutionException e) {
            owed.decrementAndGet();
            return false;
        }
    }

    private void execute(QmpCommand command) {
        try {
            Runnable outcome = outcomeOf(command);
            if (!closed) {
                outcome.run();
            }
        } finally {
            owed.decrementAndGet();
        }
    }

    private Runnable outcomeOf(QmpCommand command) {
        try {
            QmpReply reply = handlers.execute(command, logger);
            return () -> replies.accept(reply);
        } catch (HangUp e) {
            return hangUp;
        }
    }

    /** The client has left: what is queued is forgotten, what executes goes on. */
    void clear() {
        List<Runnable> forgotten = new ArrayList<>();
        inBand.getQueue().drainTo(forgotten);
        outOfBand.getQueue().drainTo(forgotten);
        owed.addAndGet(-forgotten.size());
    }

    /**
     * What executes is interrupted, and its outcome is nobody's any more.
     *
     * @return whether every command that came had its outcome before
     */
    boolean close() {
        closed = true;
        boolean owedNothing = owed.get() == 0;
        inBand.shutdownNow();
        outOfBand.shutdownNow();
        return owedNothing;
    }
}

package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpReply;
import java.util.concurrent.LinkedBlockingQueue;
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
    private final AtomicInteger executing = new AtomicInteger();
    private volatile boolean closed;

    Dispatcher(CommandHandlers handlers, Consumer<QmpReply> replies, Runnable hangUp, Logger logger) {
        this.handlers = handlers;
        this.replies = replies;
        this.hangUp = hangUp;
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

    void submit(QmpCommand command) {
        (command.isOutOfBand() ? outOfBand : inBand).execute(() -> execute(command));
    }

    private void execute(QmpCommand command) {
        executing.incrementAndGet();
        Runnable outcome;
        try {
            QmpReply reply = handlers.execute(command);
            outcome = () -> replies.accept(reply);
        } catch (HangUp e) {
            outcome = hangUp;
        } finally {
            executing.decrementAndGet();
        }
        if (!closed) {
            outcome.run();
        }
    }

    /** {@return whether every command that came has its outcome} */
    boolean isIdle() {
        return executing.get() == 0
                && inBand.getQueue().isEmpty()
                && outOfBand.getQueue().isEmpty();
    }

    /** The client has left: what is queued is forgotten, what executes goes on. */
    void clear() {
        inBand.getQueue().clear();
        outOfBand.getQueue().clear();
    }

    /** What executes is interrupted, and its outcome is nobody's any more. */
    void close() {
        closed = true;
        inBand.shutdownNow();
        outOfBand.shutdownNow();
    }
}

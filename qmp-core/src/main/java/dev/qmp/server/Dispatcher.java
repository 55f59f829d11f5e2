package dev.qmp.server;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpReply;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** Runs handlers as QEMU does: those in band one at a time, those out of band at once. */
final class Dispatcher {

    private final CommandHandlers handlers;
    private final Consumer<QmpReply> replies;
    private final ThreadPoolExecutor inBand;
    private final ThreadPoolExecutor outOfBand;

    Dispatcher(CommandHandlers handlers, Consumer<QmpReply> replies, Logger logger) {
        this.handlers = handlers;
        this.replies = replies;
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
        (command.isOutOfBand() ? outOfBand : inBand).execute(() -> replies.accept(handlers.execute(command)));
    }

    /** The client has left: what is queued is forgotten, what executes goes on. */
    void clear() {
        inBand.getQueue().clear();
        outOfBand.getQueue().clear();
    }

    void close() {
        inBand.shutdownNow();
        outOfBand.shutdownNow();
    }
}

package dev.qmp.process;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that starts all processes. It begins with the first task. It lives as long as the JVM, because the kernel
 * kills a process when the thread that started it ends ({@link Programs#killedWithParent()}). A pool replaces its
 * threads after a failure, and so would end the machines.
 */
final class ProcessStarter implements Executor {

    private static final Logger logger = LoggerFactory.getLogger(ProcessStarter.class);

    static final ProcessStarter INSTANCE =
            new ProcessStarter(task -> ProcessThreads.create(task, "qmp-process-starter"));

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final ThreadFactory threads;
    private boolean started;

    ProcessStarter(ThreadFactory threads) {
        this.threads = threads;
    }

    /**
     * Queues a task. If the system has no thread left for the first one, the call throws, and the next call tries
     * again.
     */
    @Override
    public void execute(Runnable task) {
        startThread();
        tasks.add(task);
    }

    private synchronized void startThread() {
        if (!started) {
            threads.newThread(this::run).start();
            started = true;
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace")
    private void run() {
        while (true) {
            try {
                tasks.take().run();
            } catch (InterruptedException e) {
                logger.debug("Interrupted; this thread stays, because machines end with it", e);
            } catch (Throwable e) {
                logger.error("A process was not started", e);
            }
        }
    }
}

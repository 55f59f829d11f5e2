package dev.qmp.process;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that starts all processes. It lives as long as the JVM, because the kernel kills a process when the thread
 * that started it ends ({@link Programs#killedWithParent()}). A pool replaces its threads after a failure, and so would
 * end the machines.
 */
final class ProcessStarter implements Executor {

    private static final Logger logger = LoggerFactory.getLogger(ProcessStarter.class);

    static final ProcessStarter INSTANCE = new ProcessStarter();

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    private ProcessStarter() {
        Thread thread = new Thread(this::run, "qmp-process-starter");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
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

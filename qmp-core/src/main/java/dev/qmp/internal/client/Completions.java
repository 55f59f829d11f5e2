package dev.qmp.internal.client;

import dev.qmp.internal.engine.CallbackExecutor;
import java.util.concurrent.Executor;

/** Completes futures on an executor that may be shut down, or have no thread to give. */
final class Completions {

    private Completions() {}

    /**
     * Runs the callback on the executor, else on the shared one, here if need be: every future completes, even after
     * its executor. One that took the callback and throws completes nothing twice: a future has one outcome.
     */
    static void run(Executor executor, Runnable callback) {
        if (!isTaken(executor, callback) && !isTaken(CallbackExecutor.SHARED, callback)) {
            callback.run();
        }
    }

    private static boolean isTaken(Executor executor, Runnable callback) {
        try {
            executor.execute(callback);
            return true;
        } catch (Throwable e) { // not only a refusal: "unable to create native thread" is an error
            return false;
        }
    }
}

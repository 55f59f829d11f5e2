package dev.qmp.internal.client;

import java.util.concurrent.Executor;

/** Completes futures on an executor that may be shut down, or have no thread to give. */
final class Completions {

    private Completions() {}

    /** Runs the callback, here if need be: every future completes, even after its executor. */
    static void run(Executor executor, Runnable callback) {
        try {
            executor.execute(callback);
        } catch (Throwable e) { // not only a refusal: "unable to create native thread" is an error
            callback.run();
        }
    }
}

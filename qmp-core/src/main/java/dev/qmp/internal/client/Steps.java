package dev.qmp.internal.client;

import org.jspecify.annotations.Nullable;

/** Steps that all have to run, although one of them may fail. */
final class Steps {

    private Steps() {}

    /**
     * Runs steps one after the other. A step that fails does not prevent the next ones. The first failure is thrown at
     * the end, because later ones can be consequences of it.
     */
    static void inTurn(Runnable... steps) {
        Throwable first = null;
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (Throwable e) {
                first = first == null ? e : first;
            }
        }
        rethrow(first);
    }

    private static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
        }
    }
}

package dev.qmp.testing;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** Runs a few operations of two threads in every order that they can come to: each must look as if one came after the other. */
public final class ModelChecking {

    private ModelChecking() {}

    /** Checks what a class offers as operations. */
    public static void check(Class<?> operations, int iterations) {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(2)
                .iterations(iterations)
                .invocationsPerIteration(100)
                .check(operations);
    }
}

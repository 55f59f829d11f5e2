package dev.qmp.testing;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits of tests and their callbacks, without checked exceptions. After 30 s, a wait fails. */
public final class Waits {

    private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

    private Waits() {}

    /** Waits until a latch is open. An interrupt does not end the wait; it is set again afterwards. */
    public static void awaitUninterruptibly(CountDownLatch latch) {
        long end = System.nanoTime() + LIMIT;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (!latch.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        throw new AssertionError("the latch was not opened");
                    }
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** {@return what a future failed with, without a wrapper} If it succeeds, this method fails. */
    public static Throwable failureOf(CompletableFuture<?> future) {
        try {
            throw new AssertionError("succeeded with " + future.get(LIMIT, TimeUnit.NANOSECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (CancellationException e) {
            return e;
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }
}

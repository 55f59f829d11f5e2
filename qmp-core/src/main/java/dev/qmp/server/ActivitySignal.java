package dev.qmp.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Wakes tests that wait for a condition, after each change of the server. */
final class ActivitySignal {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();

    /** Wakes the waiting tests, which then check their conditions again. Called after a change is visible. */
    void changed() {
        lock.lock();
        try {
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until {@code look} returns a value. {@code what} names the missing value in the exception.
     *
     * @return that value
     * @throws TimeoutException if the timeout passes first
     * @throws InterruptedException if the thread is interrupted
     */
    <T> T await(Duration timeout, String what, Supplier<@Nullable T> look)
            throws InterruptedException, TimeoutException {
        long remaining = TimeUnit.NANOSECONDS.convert(timeout);
        lock.lockInterruptibly();
        try {
            for (T seen = look.get(); ; seen = look.get()) {
                if (seen != null) {
                    return seen;
                }
                if (remaining <= 0) {
                    throw new TimeoutException(what + " within " + TimeUnit.MILLISECONDS.convert(timeout) + " ms");
                }
                remaining = change.awaitNanos(remaining);
            }
        } finally {
            lock.unlock();
        }
    }
}

package dev.qmp.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets tests wait for what happens at a server. */
final class Happenings {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition something = lock.newCondition();

    /** Something has happened, and can be seen by who looks. */
    void tell() {
        lock.lock();
        try {
            something.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** {@return what there is to see at last} {@code what} names it in the exception. */
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
                remaining = something.awaitNanos(remaining);
            }
        } finally {
            lock.unlock();
        }
    }
}

package dev.qmp.autoconfigure.fleet;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The notices by which an instance leaves the others: it sends one to each of them, and waits for the answers. An
 * instance that has received the notice sends no further request to the leaving one. Its answer follows its last
 * request on the same way. So no request to the leaving instance is under way after the answer, and that instance can
 * stop listening.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class LeaveNotices {

    /**
     * How many departed instances are remembered. Fewer instances leave in the time in which another one still relies
     * on their claims.
     */
    private static final int REMEMBERED = 1024;

    /** Senders of requests hold the read lock. The note that an instance has left needs the write lock. */
    private final ReentrantReadWriteLock sending = new ReentrantReadWriteLock();

    private final RecentIds left = new RecentIds(REMEMBERED);
    private final Set<String> awaited = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> answered = new CompletableFuture<>();
    private volatile boolean leaving;

    // ------------------------------------------------------------------ an instance that stays

    /** {@return whether the instance has left, so that it executes nothing more} */
    boolean hasLeft(String instance) {
        return left.contains(instance);
    }

    /**
     * Runs a task that sends a request to an instance, unless the instance has left.
     *
     * @return whether the task has run
     */
    boolean send(String instance, Runnable request) {
        sending.readLock().lock();
        try {
            if (left.contains(instance)) {
                return false;
            }
            request.run();
            return true;
        } finally {
            sending.readLock().unlock();
        }
    }

    /** Notes that an instance has left. Waits for requests that are being sent; later ones are not sent. */
    void noteLeft(String instance) {
        sending.writeLock().lock();
        try {
            left.add(instance);
        } finally {
            sending.writeLock().unlock();
        }
    }

    // ------------------------------------------------------------------ the instance that leaves

    /** {@return completes when the other instances have answered, or are gone} */
    CompletableFuture<Void> await(Set<String> others) {
        awaited.addAll(others);
        leaving = true;
        check();
        return answered;
    }

    void answeredBy(String instance) {
        awaited.remove(instance);
        check();
    }

    /** Waits no longer for instances that are gone. */
    void keepLive(Set<String> live) {
        awaited.retainAll(live);
        check();
    }

    private void check() {
        if (leaving && awaited.isEmpty()) {
            answered.complete(null);
        }
    }
}

package dev.qmp.autoconfigure.fleet;

import com.hazelcast.ringbuffer.Ringbuffer;
import com.hazelcast.topic.ITopic;
import dev.qmp.autoconfigure.SafeLog;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Publishes messages to a reliable topic in order. One batch is under way at a time, because Hazelcast repeats each
 * publication on its own while the cluster changes, so that two could change places. A publication that fails is
 * repeated, although the ring may hold its messages already: readers drop those that they have seen.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class EventWriter {

    private static final SafeLog LOGGER = SafeLog.of(EventWriter.class);

    /** The number of characters of waiting messages from which on no further one is taken. */
    static final int LIMIT = 4 * 1024 * 1024;

    private static final int BATCH = 256;

    /** The time to the next attempt after a failure of Hazelcast. */
    private static final long RETRY_MILLIS = 1000;

    private final ITopic<String> topic;
    private final Ringbuffer<?> ring;
    private final FleetThreads threads;
    private final ReentrantLock lock = new ReentrantLock();
    /** The messages that are not published, with those of the batch under way. */
    private final Queue<String> queue = new ArrayDeque<>();
    /** The number of characters in the queue. */
    private int length;
    /** Whether a batch is under way, or is to be repeated. */
    private boolean publishing;

    private boolean closed;

    /**
     * Creates a writer.
     *
     * @param ring of the topic
     */
    EventWriter(ITopic<String> topic, Ringbuffer<?> ring, FleetThreads threads) {
        this.topic = topic;
        this.ring = ring;
        this.threads = threads;
    }

    /** {@return false if too many messages wait, so that this one is not taken} Drops messages after the close. */
    boolean add(String message) {
        lock.lock();
        try {
            if (closed) {
                return true;
            }
            if (length >= LIMIT) {
                return false;
            }
            queue.add(message);
            length += message.length();
            if (!publishing) {
                publishing = true;
                execute();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Drops the messages that wait. */
    void close() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
        } finally {
            lock.unlock();
        }
    }

    private void execute() {
        try {
            threads.callbacks().execute(this::publish);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("The fleet has stopped before all shared events were published", e);
        }
    }

    /**
     * Publishes what waits. It waits for Hazelcast, because the future of {@code publishAllAsync} does not complete
     * with each overload policy.
     */
    private void publish() {
        try {
            int limit = (int) Math.min(BATCH, ring.capacity()); // more would never fit
            List<String> batch = next(List.of(), limit);
            while (!batch.isEmpty()) {
                topic.publishAll(batch);
                batch = next(batch, limit);
            }
        } catch (Throwable e) { // an Error would end the publishing for ever
            LOGGER.debug("Shared events cannot be published now", e);
            repeatLater();
        }
    }

    private List<String> next(List<String> published, int limit) {
        lock.lock();
        try {
            if (!closed) {
                published.forEach(message -> length -= message.length());
                published.forEach(message -> queue.remove());
            }
            List<String> batch = queue.stream().limit(limit).toList();
            publishing = !batch.isEmpty();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void repeatLater() {
        try {
            threads.timer().schedule(this::execute, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("The fleet has stopped before all shared events were published", e);
        }
    }
}

package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import com.hazelcast.topic.ReliableMessageListener;
import dev.qmp.autoconfigure.SafeLog;
import dev.qmp.spring.QmpFleetEventsLostEvent;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a reliable topic in order, and hands over what it has read to the thread that publishes application events.
 * While {@link #LIMIT} hand-overs wait for that thread, it reads no further, because listeners of the application can
 * be slow. The topic's ring then overwrites the messages that are not read. The next message read has a sequence that
 * shows how many are lost.
 *
 * <p>To read no further, the topic's listener is removed. A listener that blocked would keep one of the few threads
 * on which Hazelcast also moves its partitions.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
final class EventReader {

    private static final SafeLog LOGGER = SafeLog.of(EventReader.class);

    /** The maximum number of messages and losses that wait for the thread that publishes. */
    static final int LIMIT = 1024;

    /** The time to the next attempt after a failure of Hazelcast. */
    private static final long RETRY_MILLIS = 1000;

    private final ITopic<String> topic;
    private final FleetThreads threads;
    private final Consumer<String> read;
    private final LongConsumer lost;
    private final ReentrantLock lock = new ReentrantLock();

    private boolean open;
    /** The sequence of the last message that was handed over or is to be skipped. */
    private long last;
    /** The number of hand-overs that wait or run. */
    private int waiting;
    /** Null while nothing is read. */
    private @Nullable Listener listener;

    private @Nullable UUID registration;
    /** Whether an attempt to read on is scheduled. */
    private boolean scheduled;

    /**
     * Creates a reader that is not open.
     *
     * @param read publishes a message
     * @param lost publishes the loss of a number of messages, or of {@link QmpFleetEventsLostEvent#UNKNOWN}
     */
    EventReader(ITopic<String> topic, FleetThreads threads, Consumer<String> read, LongConsumer lost) {
        this.topic = topic;
        this.threads = threads;
        this.read = read;
        this.lost = lost;
    }

    /** Begins to read after a sequence. What was read before is still handed over. */
    void open(long sequence) {
        lock.lock();
        try {
            pause();
            open = true;
            last = sequence;
            resume();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            open = false;
            pause();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void pause() {
        UUID removed = registration;
        registration = null;
        listener = null; // first, because the removal calls cancelled()
        if (removed != null) {
            topic.removeMessageListener(removed);
        }
    }

    /** Under the lock. Waits for nothing, because the sequence to read from is known. */
    private void resume() {
        if (open && listener == null && waiting <= LIMIT / 2) {
            Listener next = new Listener(last + 1);
            registration = topic.addMessageListener(next);
            listener = next;
        }
    }

    /** A listener that is removed can still get the rest of a batch, which its successor reads again. */
    private void moved(Listener source, long sequence) {
        lock.lock();
        try {
            if (source == listener) {
                if (sequence != last + 1) {
                    long count = sequence > last ? sequence - last - 1 : QmpFleetEventsLostEvent.UNKNOWN;
                    handOver(() -> lost.accept(count));
                }
                last = sequence;
            }
        } finally {
            lock.unlock();
        }
    }

    private void received(Listener source, String message) {
        lock.lock();
        try {
            if (source == listener) {
                handOver(() -> read.accept(message));
                if (waiting >= LIMIT) {
                    pause();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock, so that the order stays. */
    private void handOver(Runnable publication) {
        waiting++;
        threads.publish(() -> {
            try {
                publication.run();
            } finally {
                published();
            }
        });
    }

    private void published() {
        lock.lock();
        try {
            waiting--;
            readOn();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. Does nothing while an attempt is scheduled, because each failure would schedule another. */
    private void readOn() {
        if (scheduled) {
            return;
        }
        try {
            resume();
        } catch (HazelcastInstanceNotActiveException e) {
            LOGGER.debug("Hazelcast has ended before the next shared event was read", e);
        } catch (Throwable e) { // an Error would end the reading for ever
            LOGGER.debug("The next shared event cannot be read now", e);
            readOnLater();
        }
    }

    /**
     * Reads on from the same place, because Hazelcast has ended the listener. It does so after a failure that it has
     * logged, such as a member that did not answer for long, and no event would be read any more.
     */
    private void cancelled(Listener source) {
        lock.lock();
        try {
            if (source == listener) {
                registration = null;
                listener = null;
                readOnLater();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. Schedules one attempt at a time. */
    private void readOnLater() {
        if (scheduled) {
            return;
        }
        try {
            threads.timer().schedule(this::readOnNow, RETRY_MILLIS, TimeUnit.MILLISECONDS);
            scheduled = true;
        } catch (RejectedExecutionException e) {
            LOGGER.debug("The fleet has stopped before the next shared event was read", e);
        }
    }

    private void readOnNow() {
        lock.lock();
        try {
            scheduled = false;
            readOn();
        } finally {
            lock.unlock();
        }
    }

    /** Hazelcast calls it in the order of the ring, on one thread at a time. */
    private final class Listener implements ReliableMessageListener<String> {

        private final long first;

        Listener(long first) {
            this.first = first;
        }

        @Override
        public void onMessage(Message<String> message) {
            received(this, message.getMessageObject());
        }

        @Override
        public long retrieveInitialSequence() {
            return first;
        }

        @Override
        public void storeSequence(long sequence) {
            moved(this, sequence);
        }

        @Override
        public boolean isLossTolerant() {
            return true;
        }

        @Override
        public boolean isTerminal(Throwable failure) {
            return failure instanceof HazelcastInstanceNotActiveException;
        }

        @Override
        public void onCancel() {
            cancelled(this);
        }
    }
}

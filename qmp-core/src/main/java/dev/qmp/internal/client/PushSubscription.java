package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.error.Text;
import dev.qmp.event.EventSignal;
import dev.qmp.event.Subscription;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.SerialDelivery;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls a callback for each signal, one at a time, in order, on an executor.
 *
 * <p>It counts the signals that were offered. Its position is the number of those that the callback has returned from,
 * or that were lost. So replies, and the application, can wait until it has reached the last signal.
 */
final class PushSubscription extends SignalSink implements Subscription {

    private static final ThreadLocal<@Nullable PushSubscription> CURRENT = new ThreadLocal<>();

    private final Consumer<EventSignal> callback;
    private final Consumer<SignalSink> unregister;
    private final Consumer<ListenerException> onEnd;
    private final FailureLog failures;
    private final SerialDelivery delivery;
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;
    /** Written on the event loop only. */
    private volatile long offered;
    /** The number of signals whose callbacks have returned, or that were lost. Written by the delivery only. */
    private volatile long position;
    /** The thread of the delivery; null while there is none. */
    private volatile @Nullable Thread runner;

    /** The number of events that were dropped with the executor. */
    private volatile long discarded;

    private record Waiter(long awaited, CompletableFuture<Void> reached) {}

    /**
     * Creates a subscription.
     *
     * @param onEnd receives the reason if the subscription ends without {@link #close()}
     */
    PushSubscription(PushSettings settings, Consumer<EventSignal> callback, Consumer<ListenerException> onEnd) {
        super(settings.filter(), settings.options());
        this.callback = callback;
        this.unregister = settings.unregister();
        this.onEnd = onEnd;
        this.failures = settings.failures();
        this.delivery = settings.delivery(this::deliver, this::giveUp);
    }

    /** {@return the subscription whose callback the calling thread is running; null if there is none} */
    static @Nullable PushSubscription current() {
        return CURRENT.get();
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    int offer(EventSignal signal) {
        int lost = super.offer(signal);
        offered++;
        delivery.request();
        return lost;
    }

    @Override
    void end(ListenerException reason) {
        super.end(reason);
        delivery.requestLast();
    }

    /** {@return a future that completes when the callbacks of all signals offered until now have returned} */
    CompletableFuture<Void> reached() {
        Waiter waiter = new Waiter(offered, new CompletableFuture<>());
        waiters.add(waiter);
        notifyWaiters(); // the callbacks may have returned before the waiter was in the queue
        return waiter.reached();
    }

    /** {@return whether the callbacks of all signals offered until now have returned} */
    boolean isCaughtUp() {
        return hasReached(offered);
    }

    private boolean hasReached(long awaited) {
        return position >= awaited || (closed && runner == null);
    }

    private void notifyWaiters() {
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            Waiter waiter = each.next();
            if (hasReached(waiter.awaited())) {
                each.remove();
                waiter.reached().complete(null);
            }
        }
    }

    @Override
    public CompletableFuture<Void> delivered() {
        if (runner == Thread.currentThread()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> reached = reached();
        if (!reached.isDone()) {
            delivery.checkExecutor();
        }
        return reached;
    }

    @Override
    public long undelivered() {
        return discarded + mailbox.locked(queue::waitingEvents);
    }

    private void deliver() {
        PushSubscription outer = CURRENT.get();
        CURRENT.set(this);
        runner = Thread.currentThread();
        try {
            deliverAll();
        } finally {
            runner = null;
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
            notifyWaiters();
        }
    }

    private void giveUp(Throwable reason) {
        if (closed) {
            return;
        }
        discarded = mailbox.locked(queue::waitingEvents);
        mailbox.drain();
        ListenerException ended = mailbox.endReason();
        finish(ended != null ? ended : new ListenerException("the executor of the callback was shut down", reason));
    }

    /**
     * Delivers all signals and counts them. If signals of sessions were dropped, the count is too small until the queue
     * is empty.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the delivery is its only writer
    private void deliverAll() {
        while (true) {
            long seen = offered;
            EventSignal signal = mailbox.locked(this::poll);
            if (signal == null) {
                position = seen;
                finishIfEnded();
                return;
            }
            call(signal);
            position += signal instanceof EventSignal.Gap gap ? gap.lost() : 1;
            notifyWaiters();
        }
    }

    /** Checks for the end under the mailbox's lock. So {@link #undelivered()} is exact after {@link #close()}. */
    private @Nullable EventSignal poll() {
        return closed ? null : queue.poll();
    }

    private void finishIfEnded() {
        ListenerException reason = closed ? null : mailbox.endReason();
        if (reason != null) {
            finish(reason);
        }
    }

    /** Ends the subscription for a reason other than {@link #close()}, and reports the reason. */
    private void finish(ListenerException reason) {
        close();
        try {
            onEnd.accept(reason);
        } catch (Throwable e) {
            failures.failed("An event callback failed", "its end", e);
        }
    }

    private static String describe(EventSignal signal) {
        return signal instanceof EventSignal.Received received
                ? Text.printable(received.event().name())
                : signal.getClass().getSimpleName();
    }

    private void call(EventSignal signal) {
        try {
            callback.accept(signal);
        } catch (Throwable e) {
            failures.failed("An event callback failed", describe(signal), e);
        }
    }

    @Override
    public void close() {
        closed = true;
        delivery.stop();
        unregister.accept(this);
        notifyWaiters();
    }
}

package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.error.Text;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.internal.engine.SerialDelivery;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Calls a callback for each signal, one at a time, in order, on an executor. It counts its progress, so that replies
 * can wait for the earlier events.
 */
final class PushSubscription extends SignalSink implements Subscription {

    private static final ThreadLocal<@Nullable PushSubscription> CURRENT = new ThreadLocal<>();

    private final Consumer<EventSignal> callback;
    private final Consumer<PushSubscription> onClose;
    private final Consumer<ListenerException> onEnd;
    private final Runnable onProgress;
    private final FailureLog failures;
    private final SerialDelivery delivery;
    private volatile boolean closed;
    private volatile long delivered;
    /** Written on the event loop only, as {@code lagging} is. */
    private volatile long offered;

    private boolean lagging;

    PushSubscription(
            EventFilter filter,
            ListenerOptions options,
            Executor executor,
            Consumer<EventSignal> callback,
            Consumer<PushSubscription> onClose,
            Consumer<ListenerException> onEnd,
            Runnable onProgress,
            Scheduler scheduler,
            Logger logger) {
        super(filter, options);
        this.callback = callback;
        this.onClose = onClose;
        this.onEnd = onEnd;
        this.onProgress = onProgress;
        this.failures = new FailureLog(logger);
        this.delivery = new SerialDelivery(executor, this::deliver, this::giveUp, scheduler, failures);
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
        onProgress.run();
    }

    /** {@return the count of signals for which a reply that arrives now must wait; -1 if it need not wait} */
    long progressToAwait() {
        if (closed || delivered >= offered) {
            lagging = false;
            return -1;
        }
        return lagging ? -1 : offered;
    }

    boolean hasReached(long progress) {
        return closed || lagging || delivered >= progress || mailbox.endReason() != null;
    }

    /** Excludes this subscription from delaying replies until it has caught up. */
    void fallBehind() {
        lagging = true;
    }

    private void deliver() {
        PushSubscription outer = CURRENT.get();
        CURRENT.set(this);
        try {
            deliverAll();
        } finally {
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
        }
    }

    private void giveUp(Throwable reason) {
        if (closed) {
            return;
        }
        mailbox.drain();
        ListenerException ended = mailbox.endReason();
        finish(ended != null ? ended : new ListenerException("the executor of the callback was shut down", reason));
    }

    /**
     * Delivers all signals and counts them. When the queue is empty the count is exact again, even after lost signals.
     */
    private void deliverAll() {
        while (true) {
            long seen = offered;
            EventSignal signal = closed ? null : mailbox.poll();
            if (signal == null) {
                delivered = seen;
                finishIfEnded();
                onProgress.run();
                return;
            }
            call(signal);
            if (!(signal instanceof EventSignal.Gap)) {
                delivered = Math.min(delivered + 1, seen);
            }
            onProgress.run();
        }
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
        onClose.accept(this);
        onProgress.run();
    }
}

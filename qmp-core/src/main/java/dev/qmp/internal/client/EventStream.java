package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.internal.engine.SerialExecutor;
import dev.qmp.message.QmpEvent;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** Events as a {@link Flow.Subscription}: handed over as asked for, the rest waits in a bounded queue. */
final class EventStream implements Flow.Subscription, SignalSink {

    private final EventFilter filter;
    private final EventQueue queue;
    private final Flow.Subscriber<? super QmpEvent> subscriber;
    private final Consumer<SignalSink> unregister;
    private final SerialExecutor lane;
    private long requested;
    private volatile boolean done;

    EventStream(
            EventFilter filter,
            ListenerOptions options,
            Executor executor,
            Flow.Subscriber<? super QmpEvent> subscriber,
            Consumer<SignalSink> unregister,
            Logger logger) {
        this.filter = filter;
        this.queue = new EventQueue(options);
        this.subscriber = subscriber;
        this.unregister = unregister;
        this.lane = new SerialExecutor(executor, logger);
    }

    void begin() {
        lane.execute(() -> {
            subscriber.onSubscribe(this);
            emit();
        });
    }

    @Override
    public EventFilter filter() {
        return filter;
    }

    @Override
    public int offer(EventSignal signal) {
        if (!(signal instanceof EventSignal.Received)) {
            return 0;
        }
        int lost = queue.add(signal);
        lane.execute(this::emit);
        return lost;
    }

    @Override
    public void end(ListenerException reason) {
        queue.end(reason);
        lane.execute(this::emit);
    }

    @Override
    public void request(long count) {
        lane.execute(() -> {
            if (count <= 0 && !done) {
                finish();
                subscriber.onError(new IllegalArgumentException("a subscriber must request more than " + count));
                return;
            }
            requested = requested + count < 0 ? Long.MAX_VALUE : requested + count;
            emit();
        });
    }

    /** Takes effect at once: what is queued already is not handed over any more. */
    @Override
    public void cancel() {
        finish();
    }

    private void emit() {
        while (requested > 0 && !done) {
            EventSignal signal = queue.poll();
            if (signal == null) {
                break;
            }
            if (signal instanceof EventSignal.Received received) {
                requested--;
                hand(received.event());
            }
        }
        ListenerException reason = queue.endReason();
        if (reason != null && !done) {
            finish();
            tellEnd(reason);
        }
    }

    /** A subscriber that throws has broken the rules, and is treated as one that cancelled; the failure is logged. */
    private void hand(QmpEvent event) {
        try {
            subscriber.onNext(event);
        } catch (Throwable e) {
            finish();
            throw e;
        }
    }

    private void tellEnd(ListenerException reason) {
        if (queue.hasOverflowed()) {
            subscriber.onError(reason);
        } else {
            subscriber.onComplete();
        }
    }

    private void finish() {
        done = true;
        unregister.accept(this);
    }
}

package dev.qmp.internal.client;

import dev.qmp.error.ListenerException;
import dev.qmp.event.EventSignal;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.SerialDelivery;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Signals as a {@link Flow.Subscription}. The subscriber receives as many as it has requested, and the rest waits in a
 * bounded queue. One delivery calls the subscriber. So calls never overlap, and none precedes the return of {@code
 * onSubscribe}.
 *
 * @param <T> the items of the subscriber
 */
final class EventStream<T> extends SignalSink implements Flow.Subscription {

    private final StreamKind<T> kind;
    private final Flow.Subscriber<? super T> subscriber;
    private final Consumer<SignalSink> unregister;
    private final SerialDelivery delivery;
    private final FailureLog failures;
    private final AtomicLong requested = new AtomicLong();
    private volatile @Nullable IllegalArgumentException misuse;
    private volatile boolean done;
    private boolean begun;

    EventStream(PushSettings settings, StreamKind<T> kind, Flow.Subscriber<? super T> subscriber) {
        super(settings.filter(), settings.options());
        this.kind = kind;
        this.subscriber = subscriber;
        this.unregister = settings.unregister();
        this.failures = settings.failures();
        this.delivery = settings.delivery(this::emit, this::giveUp);
    }

    void begin() {
        delivery.request();
    }

    @Override
    int offer(EventSignal signal) {
        if (done || !kind.takes(signal)) {
            return 0;
        }
        int lost = super.offer(signal);
        delivery.request();
        return lost;
    }

    @Override
    void end(ListenerException reason) {
        super.end(reason);
        delivery.requestLast();
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            misuse = new IllegalArgumentException("a subscriber must request more than " + count);
        } else {
            requested.updateAndGet(before -> before + count < 0 ? Long.MAX_VALUE : before + count);
        }
        delivery.request();
    }

    /** Takes effect at once. Queued signals are not delivered any more. */
    @Override
    public void cancel() {
        finish();
    }

    /** Delivers the requested signals. It is the task of the delivery. */
    private void emit() {
        if (done || (!begun && !subscribe())) {
            return;
        }
        boolean goesOn = true;
        while (goesOn && !done && misuse == null) {
            goesOn = handNext();
        }
        IllegalArgumentException wrong = misuse;
        ListenerException reason = mailbox.endReason();
        if (!done && wrong != null) {
            finish();
            call("onError", () -> subscriber.onError(wrong));
        } else if (!done && reason != null) {
            finish();
            reportEnd(reason);
        }
    }

    /** Ends the stream, because the executor accepts no task any more. */
    private void giveUp(Throwable refusal) {
        if (done || (!begun && !subscribe())) {
            return;
        }
        finish();
        mailbox.drain();
        ListenerException reason = mailbox.endReason();
        if (reason == null) {
            call(
                    "onError",
                    () -> subscriber.onError(new ListenerException("the callback executor was shut down", refusal)));
        } else {
            reportEnd(reason);
        }
    }

    private boolean subscribe() {
        begun = true;
        return call("onSubscribe", () -> subscriber.onSubscribe(this));
    }

    /** {@return whether there may be another signal to deliver} */
    private boolean handNext() {
        boolean wanted = requested.get() > 0;
        EventSignal signal = wanted ? mailbox.poll() : kind.takesGaps() ? null : mailbox.locked(queue::pollGap);
        if (signal == null) {
            return false;
        }
        T item = kind.handOver(signal);
        if (item != null) {
            requested.updateAndGet(before -> before == Long.MAX_VALUE ? before : before - 1);
            return call("onNext", () -> subscriber.onNext(item));
        }
        return true;
    }

    /** Calls the subscriber. If it throws, it violates the rules of {@link Flow}, and its subscription is cancelled. */
    private boolean call(String method, Runnable signal) {
        try {
            signal.run();
            return true;
        } catch (Throwable e) {
            finish();
            failures.failed("A subscriber of events failed and its stream has ended", method, e);
            return false;
        }
    }

    private void reportEnd(ListenerException reason) {
        if (mailbox.locked(queue::hasOverflowed)) {
            call("onError", () -> subscriber.onError(reason));
        } else {
            call("onComplete", subscriber::onComplete);
        }
    }

    private void finish() {
        done = true;
        delivery.stop();
        unregister.accept(this);
    }
}

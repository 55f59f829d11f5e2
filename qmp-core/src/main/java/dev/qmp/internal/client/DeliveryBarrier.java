package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order of the wire between events and replies for the subscriptions that delay replies: a reply is held back
 * until their callbacks for the events before it have run, for 500 ms at most. A callback that takes longer loses this
 * privilege until it has caught up, so that no listener can hold up the replies.
 */
@BottomHalf
final class DeliveryBarrier {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Iterable<PushSubscription> subscriptions;
    private final Consumer<Runnable> loop;
    private final Scheduler scheduler;
    private final List<Held> held = new ArrayList<>();
    private final ArrayDeque<Held> free = new ArrayDeque<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean holding;
    private boolean releasing;

    DeliveryBarrier(Iterable<PushSubscription> subscriptions, Consumer<Runnable> loop, Scheduler scheduler) {
        this.subscriptions = subscriptions;
        this.loop = loop;
        this.scheduler = scheduler;
    }

    /** A reply that waits for subscriptions to come so far, for a limited time. */
    private static final class Held {

        private final Map<PushSubscription, Long> marks;
        private final Runnable reply;
        private @Nullable Cancellable timeout;

        Held(Map<PushSubscription, Long> marks, Runnable reply) {
            this.marks = marks;
            this.reply = reply;
        }

        boolean isFree() {
            for (Map.Entry<PushSubscription, Long> mark : marks.entrySet()) {
                if (!mark.getKey().hasReached(mark.getValue())) {
                    return false;
                }
            }
            return true;
        }

        /** The timer goes with it: it would keep the reply, which can be large, for the rest of its time. */
        void run() {
            if (timeout != null) {
                timeout.cancel();
            }
            reply.run();
        }
    }

    /**
     * Runs the reply's completion, now or soon.
     *
     * @param issuedWithin a subscription not to wait for, because its callback itself may be waiting for the reply
     */
    void run(@Nullable PushSubscription issuedWithin, Runnable reply) {
        Map<PushSubscription, Long> marks = null;
        for (PushSubscription subscription : subscriptions) {
            long mark = subscription == issuedWithin ? -1 : subscription.mark();
            if (mark >= 0) {
                marks = marks == null ? new LinkedHashMap<>() : marks;
                marks.put(subscription, mark);
            }
        }
        if (marks == null) {
            reply.run();
            return;
        }
        Held entry = new Held(marks, reply);
        held.add(entry);
        holding = true;
        entry.timeout = scheduler.schedule(PATIENCE, () -> giveUpOn(entry));
        release();
    }

    /** Nobody is left to keep the time: runs all that is held back. */
    void runAll() {
        held.forEach(this::fallBehind);
        release();
    }

    /** A subscription has come further; from any thread. */
    void progress() {
        if (holding && looking.compareAndSet(false, true)) {
            loop.accept(() -> {
                looking.set(false);
                release();
            });
        }
    }

    /** A reply may run the application's code, which may close subscriptions and so come back here. */
    private void release() {
        held.removeIf(entry -> entry.isFree() && free.add(entry));
        holding = !held.isEmpty();
        if (releasing) {
            return;
        }
        releasing = true;
        try {
            for (Held entry = free.poll(); entry != null; entry = free.poll()) {
                entry.run();
            }
        } finally {
            releasing = false;
        }
    }

    private void giveUpOn(Held entry) {
        fallBehind(entry);
        release();
    }

    private void fallBehind(Held entry) {
        entry.marks.forEach((subscription, mark) -> {
            if (!subscription.hasReached(mark)) {
                subscription.fallBehind();
            }
        });
    }
}

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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order of events and replies for the subscriptions that delay replies. A reply is held until their callbacks
 * for the earlier events have run, for 500 ms at most. A subscription with a slower callback loses this privilege until
 * it has caught up. So no listener can delay replies for longer.
 */
@BottomHalf
final class HeldReplies {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Supplier<List<PushSubscription>> subscriptions;
    private final Consumer<Runnable> loop;
    private final Scheduler scheduler;
    private final List<Held> held = new ArrayList<>();
    private final ArrayDeque<Held> free = new ArrayDeque<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean holding;
    private boolean releasing;

    HeldReplies(Supplier<List<PushSubscription>> subscriptions, Consumer<Runnable> loop, Scheduler scheduler) {
        this.subscriptions = subscriptions;
        this.loop = loop;
        this.scheduler = scheduler;
    }

    /** A reply that waits for the progress of subscriptions, for a limited time. */
    private static final class Held {

        /** The progress of each subscription that the reply waits for. */
        private final Map<PushSubscription, Long> awaited;

        private final Runnable reply;
        private @Nullable Cancellable timeout;

        Held(Map<PushSubscription, Long> awaited, Runnable reply) {
            this.awaited = awaited;
            this.reply = reply;
        }

        boolean isFree() {
            for (Map.Entry<PushSubscription, Long> each : awaited.entrySet()) {
                if (!each.getKey().hasReached(each.getValue())) {
                    return false;
                }
            }
            return true;
        }

        /** Runs the completion and cancels the timer, which would keep the reply in memory for the rest of its time. */
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
     * @param issuedWithin a subscription that is not awaited, because its callback itself may be waiting for the reply
     */
    void completeAfterEvents(@Nullable PushSubscription issuedWithin, Runnable reply) {
        Map<PushSubscription, Long> awaited = null;
        for (PushSubscription subscription : subscriptions.get()) {
            long progress = subscription == issuedWithin ? -1 : subscription.progressToAwait();
            if (progress >= 0) {
                awaited = awaited == null ? new LinkedHashMap<>() : awaited;
                awaited.put(subscription, progress);
            }
        }
        if (awaited == null) {
            reply.run();
            return;
        }
        Held entry = new Held(awaited, reply);
        held.add(entry);
        holding = true;
        entry.timeout = scheduler.schedule(PATIENCE, () -> giveUpOn(entry));
        release();
    }

    /** Runs all held completions, because no timer will run any more. */
    void releaseAll() {
        held.forEach(this::fallBehind);
        release();
    }

    /** Notes the progress of a subscription. Any thread may call it. */
    void progressed() {
        if (holding && looking.compareAndSet(false, true)) {
            loop.accept(() -> {
                looking.set(false);
                release();
            });
        }
    }

    /**
     * Runs the completions that need not wait. They may run application code, which may close subscriptions and so call
     * this method again.
     */
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
        entry.awaited.forEach((subscription, progress) -> {
            if (!subscription.hasReached(progress)) {
                subscription.fallBehind();
            }
        });
    }
}

package dev.qmp.internal.client;

import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order of the wire between events and replies: a reply is held back until the callbacks for the events before
 * it have run. Not for long, though: a callback that is slow loses this claim until it has caught up, so that no listener
 * can hold up the replies.
 */
@BottomHalf
final class DeliveryBarrier {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Iterable<PushSubscription> subscriptions;
    private final Consumer<Runnable> loop;
    private final Scheduler scheduler;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean holding;

    DeliveryBarrier(Iterable<PushSubscription> subscriptions, Consumer<Runnable> loop, Scheduler scheduler) {
        this.subscriptions = subscriptions;
        this.loop = loop;
        this.scheduler = scheduler;
    }

    /** A reply that waits for subscriptions to come so far. */
    private record Held(Map<PushSubscription, Long> marks, Runnable reply) {

        boolean isFree() {
            return marks.entrySet().stream().allMatch(mark -> mark.getKey().hasReached(mark.getValue()));
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
        scheduler.schedule(PATIENCE, () -> giveUpOn(entry));
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

    private void release() {
        held.removeIf(entry -> {
            boolean free = entry.isFree();
            if (free) {
                entry.reply().run();
            }
            return free;
        });
        holding = !held.isEmpty();
    }

    private void giveUpOn(Held entry) {
        entry.marks().forEach((subscription, mark) -> {
            if (!subscription.hasReached(mark)) {
                subscription.fallBehind();
            }
        });
        release();
    }
}

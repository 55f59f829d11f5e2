package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Copies;
import dev.qmp.internal.engine.LineLimit;
import dev.qmp.internal.engine.Loop;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Keeps the order of events and replies for the subscriptions that delay replies. A reply is held until their callbacks
 * for the earlier events have run, for 500 ms at most. A subscription with a slower callback loses this privilege until
 * it has caught up. So no listener can delay replies for longer. The loss is logged, at most once in ten seconds.
 *
 * <p>One object serves all sessions of a client. Any thread may add and remove subscriptions.
 */
final class HeldReplies {

    static final Duration PAUSE = Duration.ofSeconds(10);

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Loop loop;
    private final Logger logger;
    /** The subscriptions for whose callbacks replies wait. */
    private volatile List<PushSubscription> subscriptions = List.of();
    /** The subscriptions that have lost the privilege and had not caught up at the last reply. Used on the loop. */
    private final Set<PushSubscription> lagging = new HashSet<>();

    private final List<Held> held = new ArrayList<>();
    private final ArrayDeque<Held> free = new ArrayDeque<>();
    /** Whether a task of the loop is to look for replies that need not wait any more. */
    private final AtomicBoolean looking = new AtomicBoolean();

    private final LineLimit lines;
    private boolean releasing;

    HeldReplies(Loop loop, Logger logger) {
        this(loop, logger, System::nanoTime);
    }

    HeldReplies(Loop loop, Logger logger, LongSupplier nanoTime) {
        this.loop = loop;
        this.logger = logger;
        this.lines = new LineLimit(PAUSE, nanoTime);
    }

    // ------------------------------------------------------------------ any thread

    synchronized void add(PushSubscription subscription) {
        subscriptions = Copies.with(subscriptions, subscription);
    }

    /** Removes a subscription. A listener that delays no replies is ignored. */
    synchronized void remove(SignalSink listener) {
        subscriptions = Copies.without(subscriptions, listener);
    }

    synchronized void removeAll() {
        subscriptions = List.of();
    }

    /** {@return whether a subscription delays replies} */
    boolean hasSubscriptions() {
        return !subscriptions.isEmpty();
    }

    // ------------------------------------------------------------------ bottom half

    /**
     * Runs the reply's completion, now or soon: after the callbacks for the events before it.
     *
     * @param issuedWithin a subscription that is not awaited, because its callback itself may be waiting for the reply
     */
    @BottomHalf
    void completeAfterEvents(@Nullable PushSubscription issuedWithin, Runnable reply) {
        loop.assertOnLoop();
        lagging.removeIf(PushSubscription::isCaughtUp);
        Map<PushSubscription, CompletableFuture<Void>> awaited = null;
        for (PushSubscription subscription : subscriptions) {
            if (subscription != issuedWithin && !lagging.contains(subscription) && !subscription.isCaughtUp()) {
                awaited = awaited == null ? new LinkedHashMap<>() : awaited;
                awaited.put(subscription, subscription.reached());
            }
        }
        if (awaited == null) {
            reply.run();
            return;
        }
        Held entry = new Held(awaited, reply);
        held.add(entry);
        entry.timeout = loop.schedule(PATIENCE, () -> stopWaiting(entry));
        awaited.values().forEach(reached -> reached.thenRun(this::releaseLater));
    }

    /** Runs all held completions, because no timer will run any more. */
    @BottomHalf
    void releaseAll() {
        loop.assertOnLoop();
        held.forEach(entry -> entry.late().forEach(lagging::add));
        release();
    }

    private void stopWaiting(Held entry) {
        boolean begins = lagging.addAll(entry.late().toList());
        if (begins && lines.admit(1) > 0) {
            logger.warn(
                    "A subscription with withDelayedReplies() has held a reply for {} ms; "
                            + "replies do not wait for it until its callback has caught up",
                    PATIENCE.toMillis());
        }
        release();
    }

    /** Has the loop run the completions that need not wait. Any thread may call it. */
    private void releaseLater() {
        if (looking.compareAndSet(false, true)) {
            loop.onLoop(() -> {
                looking.set(false);
                release();
            });
        }
    }

    /**
     * Runs the completions that need not wait. They may run application code, which may close subscriptions and so
     * call this method again.
     */
    private void release() {
        held.removeIf(entry -> lagging.containsAll(entry.late().toList()) && free.add(entry));
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

    /** A reply that waits for subscriptions, for a limited time. */
    private static final class Held {

        /** The subscriptions that the reply waits for, with the end of their callbacks for the earlier events. */
        private final Map<PushSubscription, CompletableFuture<Void>> awaited;

        private final Runnable reply;
        private @Nullable Cancellable timeout;

        Held(Map<PushSubscription, CompletableFuture<Void>> awaited, Runnable reply) {
            this.awaited = awaited;
            this.reply = reply;
        }

        /** {@return the subscriptions whose callbacks have not run yet} */
        Stream<PushSubscription> late() {
            return awaited.entrySet().stream()
                    .filter(each -> !each.getValue().isDone())
                    .map(Map.Entry::getKey);
        }

        /** Runs the completion and cancels the timer, which would keep the reply in memory for the rest of its time. */
        void run() {
            if (timeout != null) {
                timeout.cancel();
            }
            reply.run();
        }
    }
}

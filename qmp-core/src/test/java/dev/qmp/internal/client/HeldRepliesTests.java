package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpEvent;
import dev.qmp.testing.LogRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Replies wait for callbacks, and none is forgotten. */
class HeldRepliesTests {

    private static final EventSignal EVENT = new EventSignal.Received(QmpEvent.of("A"));

    private final ManualExecutor executor = new ManualExecutor();
    private final LogRecorder log = LogRecorder.of("held-replies");
    private long now;
    private final HeldReplies held =
            new HeldReplies(new ManualLoop(), LoggerFactory.getLogger("held-replies"), () -> now);
    private final List<String> replies = new ArrayList<>();

    /** Runs tasks at once, and timers on request. */
    private final class ManualLoop extends InlineLoop {

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return executor.schedule(delay, task);
        }
    }

    @AfterEach
    void stop() {
        log.close();
    }

    private PushSubscription subscribe() {
        PushSubscription subscription = new PushSubscription(
                new PushSettings(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS,
                        executor,
                        held::remove,
                        executor::schedule,
                        new FailureLog(LoggerFactory.getLogger(HeldRepliesTests.class))),
                signal -> {},
                reason -> {});
        held.add(subscription);
        return subscription;
    }

    @Test
    @DisplayName("G1 a reply whose completion closes a subscription frees the replies that waited for that one")
    void freesRepliesWithinReplies() {
        PushSubscription first = subscribe();
        first.offer(EVENT);
        PushSubscription second = subscribe();
        held.completeAfterEvents(null, () -> {
            replies.add("first");
            second.close();
            replies.add("first goes on");
        });
        second.offer(EVENT);
        held.completeAfterEvents(first, () -> replies.add("second"));
        held.completeAfterEvents(first, () -> replies.add("third"));
        assertThat(replies).isEmpty();

        first.close();

        assertThat(replies).containsExactly("first", "first goes on", "second", "third");
    }

    @Test
    @DisplayName("G7 a reply that was let go is not kept by the timer that was to let it go")
    void cancelsTheTimerOfAReply() {
        subscribe().offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("reply"));
        assertThat(executor.timers()).isEqualTo(1);

        executor.runAll();

        assertThat(replies).containsExactly("reply");
        assertThat(executor.timers()).isZero();
    }

    @Test
    @DisplayName("#52 a reply waits for a slow callback for a limited time")
    void letsGoAfterAWhile() {
        subscribe().offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("reply"));
        executor.expire();

        assertThat(replies).containsExactly("reply");
    }

    @Test
    @DisplayName("#52 a subscription that was too slow delays no reply until it has caught up, and then does again")
    void restoresThePrivilege() {
        PushSubscription slow = subscribe();
        slow.offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("in vain"));
        executor.expire();
        slow.offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("at once"));
        assertThat(replies).containsExactly("in vain", "at once");

        executor.runAll();
        held.completeAfterEvents(null, () -> replies.add("finds it caught up"));
        slow.offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("after the event"));
        assertThat(replies).hasSize(3);
        executor.runAll();
        assertThat(replies).hasSize(4);
    }

    @Test
    @DisplayName("#52 the log names the reason for late replies, at most once in ten seconds")
    void logsTheSlowCallback() {
        PushSubscription slow = subscribe();
        holdInVain(slow);
        assertThat(log.at(Level.WARN))
                .containsExactly("A subscription with withDelayedReplies() has held a reply for 500 ms; "
                        + "replies do not wait for it until its callback has caught up");
        executor.runAll();
        held.completeAfterEvents(null, () -> replies.add("finds it caught up"));
        holdInVain(slow);
        assertThat(log.at(Level.WARN)).hasSize(1);

        now += HeldReplies.PAUSE.toNanos();
        holdInVain(subscribe());
        assertThat(log.at(Level.WARN)).hasSize(2);
        assertThat(replies).hasSize(4);
    }

    private void holdInVain(PushSubscription subscription) {
        subscription.offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("in vain"));
        executor.expire();
    }

    @Test
    @DisplayName("a reply that is released in time, or because the client ends, is not logged")
    void logsNoReplyInTime() {
        PushSubscription quick = subscribe();
        quick.offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("in time"));
        executor.runAll();
        quick.offer(EVENT);
        held.completeAfterEvents(null, () -> replies.add("at the end"));
        held.releaseAll();
        assertThat(replies).containsExactly("in time", "at the end");
        assertThat(log.at(Level.WARN)).isEmpty();
    }
}

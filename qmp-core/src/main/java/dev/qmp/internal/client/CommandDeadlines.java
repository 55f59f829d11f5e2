package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One timer for all commands of a session, set to the earliest deadline: a timer per command would cost more than the
 * command.
 */
@BottomHalf
final class CommandDeadlines {

    /** A caller who says "for ever" gets this, which still counts in nanoseconds and can be added to. */
    static final Duration LONGEST = Duration.ofDays(36_500);

    private final CommandTable table;
    private final Scheduler scheduler;
    private final Consumer<PendingCommand<?>> expire;
    private @Nullable Cancellable timer;
    private long timerAt;

    CommandDeadlines(CommandTable table, Scheduler scheduler, Consumer<PendingCommand<?>> expire) {
        this.table = table;
        this.scheduler = scheduler;
        this.expire = expire;
    }

    /** {@return a duration that can be reckoned with: the given one, or the longest} */
    static Duration bounded(Duration duration) {
        return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    }

    /** Ends the command when the given time since its issue is over, wherever it is then. The time is bounded. */
    void watch(PendingCommand<?> command, Duration timeout) {
        long deadline = command.issuedAt() + timeout.toNanos();
        command.deadline(deadline);
        table.addDue(command);
        if (timer == null || deadline - timerAt < 0) {
            arm(deadline);
        }
    }

    private void arm(long deadline) {
        stop();
        timerAt = deadline;
        long delay = Math.max(0, deadline - System.nanoTime());
        timer = scheduler.schedule(Duration.ofNanos(delay), this::sweep);
    }

    /** Ends what is due and sets the timer to what is due next. */
    private void sweep() {
        timer = null;
        long now = System.nanoTime();
        PendingCommand<?> next = table.firstDue();
        while (next != null && next.deadline() - now <= 0) {
            table.removeDue(next);
            expire.accept(next);
            next = table.firstDue();
        }
        if (next != null && (timer == null || next.deadline() - timerAt < 0)) { // a callback may have issued another
            arm(next.deadline());
        }
    }

    void stop() {
        Cancellable current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}

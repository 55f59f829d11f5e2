package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.Scheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One timer for all commands of a session, set to the earliest deadline. A timer for each command would cost more than
 * the command.
 */
@BottomHalf
final class CommandDeadlines {

    /** The longest duration: it stands for "for ever", still fits into a count of nanoseconds, and can be added to. */
    static final Duration LONGEST = Duration.ofDays(36_500);

    /** The commands whose callers wait. */
    private final DueCommands due = new DueCommands();

    private final Scheduler scheduler;
    private final Consumer<PendingCommand<?>> expired;
    private @Nullable Cancellable timer;
    private long timerAt;

    /** Creates the deadlines of a session. {@code expired} receives each command that is due, once. */
    CommandDeadlines(Scheduler scheduler, Consumer<PendingCommand<?>> expired) {
        this.scheduler = scheduler;
        this.expired = expired;
    }

    /** {@return the given duration, or the longest if it is longer} */
    static Duration bounded(Duration duration) {
        return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    }

    /**
     * Sets the deadline of a command, which counts from its issue. The command ends then, in every stage. The
     * duration is bounded.
     */
    void watch(PendingCommand<?> command, Duration timeout) {
        long deadline = command.issuedAt() + timeout.toNanos();
        command.deadline(deadline);
        due.add(command);
        if (timer == null || deadline - timerAt < 0) {
            arm(deadline);
        }
    }

    /** Forgets a command that has its outcome, or is not waited for any more. */
    void unwatch(PendingCommand<?> command) {
        due.remove(command);
    }

    private void arm(long deadline) {
        stop();
        timerAt = deadline;
        long delay = Math.max(0, deadline - System.nanoTime());
        timer = scheduler.schedule(Duration.ofNanos(delay), this::sweep);
    }

    /** Ends all commands that are due, and sets the timer to the next deadline. */
    private void sweep() {
        timer = null;
        long now = System.nanoTime();
        PendingCommand<?> next = due.first();
        while (next != null && next.deadline() - now <= 0) {
            due.remove(next);
            expired.accept(next);
            next = due.first();
        }
        if (next != null && (timer == null || next.deadline() - timerAt < 0)) { // a callback may have issued one
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

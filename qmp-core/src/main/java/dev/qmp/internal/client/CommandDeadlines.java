package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.LoopScheduler;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One timer for all commands of a session, set to the earliest deadline. A timer for each command would cost more than
 * the command.
 */
@BottomHalf
final class CommandDeadlines {

    /** The commands whose callers wait. */
    private final DueCommands due = new DueCommands();

    private final LoopScheduler scheduler;
    private final CommandFlow flow;
    private @Nullable Cancellable timer;
    private long timerAt;

    /** Creates the deadlines of a session, whose flow ends each command that is due, once. */
    CommandDeadlines(LoopScheduler scheduler, CommandFlow flow) {
        this.scheduler = scheduler;
        this.flow = flow;
    }

    /**
     * Sets the deadline of a command, which counts from its issue. The command ends then, in every stage.
     *
     * @param timeout fits into a count of nanoseconds
     */
    void watch(PendingCommand<?> command, Duration timeout) {
        scheduler.assertOnLoop();
        long deadline = command.issuedAt() + timeout.toNanos();
        command.deadline(deadline);
        due.add(command);
        if (timer == null || deadline - timerAt < 0) {
            arm(deadline);
        }
    }

    /** Forgets a command that has its outcome, or is not waited for any more. */
    void unwatch(PendingCommand<?> command) {
        scheduler.assertOnLoop();
        due.remove(command);
    }

    private void arm(long deadline) {
        long delay = Math.max(0, deadline - System.nanoTime());
        Cancellable next = scheduler.schedule(Duration.ofNanos(delay), this::sweep);
        stop(); // last, because the other commands need the timer if this one cannot be set
        timer = next;
        timerAt = deadline;
    }

    /** Ends all commands that are due, and sets the timer to the next deadline. */
    private void sweep() {
        timer = null;
        long now = System.nanoTime();
        PendingCommand<?> next = due.first();
        while (next != null && next.deadline() - now <= 0) {
            due.remove(next);
            flow.expire(next);
            next = due.first();
        }
        if (next != null && (timer == null || next.deadline() - timerAt < 0)) { // a callback may have issued one
            arm(next.deadline());
        }
    }

    void stop() {
        scheduler.assertOnLoop();
        Cancellable current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}

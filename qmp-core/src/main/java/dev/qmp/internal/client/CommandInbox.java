package dev.qmp.internal.client;

import dev.qmp.protocol.BottomHalf;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The commands that callers on other threads have issued, on their way to the event loop, in the order of their issue.
 * Callers link them to a stack, without a lock; the loop takes the whole stack and reverses it.
 */
final class CommandInbox {

    private final AtomicReference<@Nullable PendingCommand<?>> last = new AtomicReference<>();
    /** The commands that the loop has taken from the stack and not polled yet, the oldest first. */
    private @Nullable PendingCommand<?> taken;

    /** Adds a command that is in no inbox; from any thread. */
    void add(PendingCommand<?> command) {
        PendingCommand<?> before;
        do {
            before = last.get();
            command.neighbour(before);
        } while (!last.compareAndSet(before, command));
    }

    /** {@return whether no command has been added since the loop took the last one from the stack} From any thread. */
    boolean hasNoNewer() {
        return last.get() == null;
    }

    /** {@return whether each command that was added has been polled} */
    @BottomHalf
    boolean isDrained() {
        return taken == null && hasNoNewer();
    }

    /** {@return the command that came first, null if there is none} */
    @BottomHalf
    @Nullable
    PendingCommand<?> poll() {
        PendingCommand<?> first = taken != null ? taken : turnedRound(last.getAndSet(null));
        if (first != null) {
            taken = first.neighbour();
            first.neighbour(null); // a caller may keep it, and would keep all that came after it
        }
        return first;
    }

    private static @Nullable PendingCommand<?> turnedRound(@Nullable PendingCommand<?> stack) {
        PendingCommand<?> first = null;
        for (PendingCommand<?> next = stack; next != null; ) {
            PendingCommand<?> earlier = next.neighbour();
            next.neighbour(first);
            first = next;
            next = earlier;
        }
        return first;
    }
}

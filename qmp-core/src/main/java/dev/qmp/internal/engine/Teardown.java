package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One way back to IDLE, whoever asked for it: its first cause, and who waits for its end. */
@BottomHalf
final class Teardown {

    private final List<Consumer<@Nullable Throwable>> waiters = new ArrayList<>();
    private @Nullable Throwable cause;
    private @Nullable Attempt attempt;
    private Cancellable deadline = Cancellable.NOTHING;
    private boolean closing;

    Teardown(@Nullable Throwable cause) {
        this.cause = cause;
    }

    @Nullable
    Throwable cause() {
        return cause;
    }

    /** Somebody else wants it too. Later causes are consequences: the first stays. */
    void join(@Nullable Throwable later, @Nullable Consumer<@Nullable Throwable> waiter) {
        if (cause == null) {
            cause = later;
        }
        if (waiter != null) {
            waiters.add(waiter);
        }
    }

    /** {@return the attempt that it ended, which is told of the cause rather than those who wait} */
    @Nullable
    Attempt attempt() {
        return attempt;
    }

    void attempt(@Nullable Attempt ended) {
        attempt = ended;
    }

    List<Consumer<@Nullable Throwable>> waiters() {
        return waiters;
    }

    void deadline(Cancellable deadline) {
        this.deadline.cancel();
        this.deadline = deadline;
    }

    boolean isClosing() {
        return closing;
    }

    void startClosing() {
        closing = true;
    }
}

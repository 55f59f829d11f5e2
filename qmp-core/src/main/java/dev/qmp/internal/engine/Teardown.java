package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One way back to IDLE, whoever asked for it: its first cause, and who waits for its end. */
@BottomHalf
final class Teardown {

    private final List<CompletableFuture<Void>> waiters = new ArrayList<>();
    private @Nullable Throwable cause;
    private Cancellable deadline = Cancellable.NOTHING;
    private boolean closing;

    Teardown(@Nullable Throwable cause) {
        this.cause = cause;
    }

    @Nullable
    Throwable cause() {
        return cause;
    }

    /** Later causes are consequences: the first stays. */
    void addCause(Throwable later) {
        if (cause == null) {
            cause = later;
        }
    }

    List<CompletableFuture<Void>> waiters() {
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

package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import org.jspecify.annotations.Nullable;

/** The place of the attempt that is under way: there is one at a time. */
@BottomHalf
final class AttemptSlot {

    private @Nullable Attempt attempt;

    boolean isTaken() {
        return attempt != null;
    }

    boolean isHeldBy(Attempt candidate) {
        return attempt == candidate;
    }

    void take(Attempt started) {
        attempt = started;
    }

    /** {@return the attempt that was under way, if there was one} It is over: nothing that it waited for matters now. */
    @Nullable
    Attempt clear() {
        Attempt ended = attempt;
        attempt = null;
        if (ended != null) {
            ended.end();
        }
        return ended;
    }

    void enterPhase(ConnectPhase phase, String hint) {
        Attempt current = attempt;
        if (current != null) {
            current.enter(phase, hint);
        }
    }

    /** {@return a cause as the attempt's failure, if there is an attempt} */
    Throwable explain(Throwable cause) {
        Attempt current = attempt;
        return current == null ? cause : current.failed(cause);
    }
}

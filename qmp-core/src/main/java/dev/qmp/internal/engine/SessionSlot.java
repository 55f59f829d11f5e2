package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import org.jspecify.annotations.Nullable;

/**
 * The place of the open session: there is one at a time.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class SessionSlot<M> {

    private @Nullable Session<M> session;

    /** {@return the open session, null if there is none} */
    @Nullable
    Session<M> session() {
        return session;
    }

    boolean isHeldBy(Session<M> candidate) {
        return session == candidate;
    }

    void take(Session<M> opened) {
        session = opened;
    }

    void clear() {
        session = null;
    }
}

package dev.qmp.internal.client;

import dev.qmp.event.EventSignal;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.BottomHalf;
import org.jspecify.annotations.Nullable;

/**
 * Notifies a client's listeners when a session begins, when it ends, and when the next session that they expect will
 * not follow. The listeners and what they expect outlast a session.
 */
@BottomHalf
final class SessionSignals {

    private final EventRegistry events;
    private Expected expected = Expected.NOTHING;

    /** What the listeners expect after the last signal. */
    private enum Expected {
        /** No session, unless the application starts an attempt. */
        NOTHING,
        /** A session, or the end of all attempts. */
        SESSION,
        /** The end of the present session. */
        END
    }

    SessionSignals(EventRegistry events) {
        this.events = events;
    }

    /** The client connects by itself. Before the first session too, listeners need to know if none follows. */
    void started() {
        if (expected == Expected.NOTHING) {
            expected = Expected.SESSION;
        }
    }

    void sessionBegan(@Nullable QmpGreeting greeting) {
        expected = Expected.END;
        events.signal(new EventSignal.Connected(greeting));
    }

    /**
     * Handles {@code IDLE}: the end of a session or an attempt.
     *
     * @param anotherFollows whether the client connects again by itself
     */
    void idle(@Nullable Throwable cause, boolean anotherFollows) {
        if (expected == Expected.END || (expected == Expected.SESSION && !anotherFollows)) {
            // first, because a listener may start the client
            expected = anotherFollows ? Expected.SESSION : Expected.NOTHING;
            events.signal(new EventSignal.Disconnected(cause, anotherFollows));
        }
    }
}

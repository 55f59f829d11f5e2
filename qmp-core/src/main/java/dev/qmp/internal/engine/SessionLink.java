package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import org.jspecify.annotations.Nullable;

/**
 * Carries what one transport tells to the session that was opened on it, as long as that is the engine's.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class SessionLink<M> implements TransportListener<M> {

    private final Engine<M> engine;
    private @Nullable Session<M> session;

    SessionLink(Engine<M> engine) {
        this.engine = engine;
    }

    void lead(Session<M> opened) {
        session = opened;
    }

    @Override
    public void securing() {
        engine.enterPhase(ConnectPhase.TLS, "the peer does not speak TLS, or is stuck");
    }

    @Override
    public void received(M message) {
        Session<M> current = session;
        if (current != null && engine.isCurrent(current)) {
            current.received(message);
        }
    }

    @Override
    public void writabilityChanged() {
        Session<M> current = session;
        if (current != null && engine.isCurrent(current)) {
            current.writer().schedulePump();
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (engine.isCurrent(session)) {
            engine.sessionFailed(cause);
        }
    }

    @Override
    public void closed() {
        Session<M> current = session;
        if (current != null) {
            engine.sessionClosed(current);
        }
    }
}

package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import org.jspecify.annotations.Nullable;

/**
 * Carries what one transport tells to the session that is opened on it, as long as that is the engine's.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class SessionLink<M> implements TransportListener<M> {

    private final EngineContext<M> context;
    private final AttemptSlot attempts;
    private final SessionSlot<M> sessions;
    private final DisconnectPath<M> disconnectPath;
    private @Nullable Session<M> session;

    SessionLink(
            EngineContext<M> context, AttemptSlot attempts, SessionSlot<M> sessions, DisconnectPath<M> disconnectPath) {
        this.context = context;
        this.attempts = attempts;
        this.sessions = sessions;
        this.disconnectPath = disconnectPath;
    }

    /** The transport is there: opens the session on it, which is the engine's from now on. */
    void open(Transport<M> transport) {
        Session<M> opened = new Session<>(context, transport, disconnectPath);
        session = opened;
        sessions.take(opened);
    }

    /** The protocol has done its part: messages go to it, unless the session has ended meanwhile. */
    void establish() {
        Session<M> current = current();
        if (current != null) {
            current.establish();
        }
    }

    boolean isOpen() {
        return current() != null;
    }

    private @Nullable Session<M> current() {
        Session<M> opened = session;
        return opened != null && sessions.isHeldBy(opened) ? opened : null;
    }

    @Override
    public void securing() {
        attempts.enterPhase(ConnectPhase.TLS, "the peer does not speak TLS, or is stuck");
    }

    @Override
    public void arrived() {
        Session<M> current = current();
        if (current != null) {
            current.arrived();
        }
    }

    @Override
    public void received(M message) {
        Session<M> current = current();
        if (current != null) {
            current.received(message);
        }
    }

    @Override
    public void writabilityChanged() {
        Session<M> current = current();
        if (current != null) {
            current.writer().schedulePump();
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (isOpen()) {
            disconnectPath.sessionFailed(cause);
        }
    }

    @Override
    public void closed() {
        if (isOpen()) {
            disconnectPath.sessionClosed();
        }
    }
}

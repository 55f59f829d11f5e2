package dev.qmp.protocol;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.engine.ProtocolHandler;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.internal.engine.SessionHandler;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Calls the hooks of a protocol, which are protected, for the engine. One object serves all sessions, because the hooks
 * belong to the protocol object.
 *
 * @param <M> the protocol's message
 */
final class ProtocolHooks<M> implements ProtocolHandler<M>, SessionHandler<M> {

    private final AsyncProtocol<M> protocol;

    ProtocolHooks(AsyncProtocol<M> protocol) {
        this.protocol = protocol;
    }

    @Override
    public SessionHandler<M> newSession(SessionContext<M> session) {
        return this;
    }

    @Override
    public CompletionStage<?> establish() {
        return protocol.establishSession();
    }

    @Override
    public void arrived(int count) {
        protocol.onArrival();
    }

    @Override
    public M inbound(M message) {
        return protocol.onInbound(message);
    }

    @Override
    public M outbound(M message) {
        return protocol.onOutbound(message);
    }

    @Override
    public void message(M message) {
        protocol.onMessage(message);
    }

    @Override
    public boolean maySend(M next) {
        return protocol.maySend(next);
    }

    @Override
    public boolean maySendUrgent(M next) {
        return protocol.maySendUrgent(next);
    }

    @Override
    public void sent(M message) {
        protocol.onSent(message);
    }

    @Override
    public void unsent(M message, Throwable cause) {
        protocol.onUnsent(message, cause);
    }

    @Override
    public boolean isQuiet() {
        return protocol.isQuiet();
    }

    @Override
    public ConnectionLostException endOfStream() {
        return protocol.endOfStream();
    }

    @Override
    public @Nullable SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        return protocol.outcome(left, cause);
    }

    @Override
    public void runstateChanged(RunstateChange change) {
        protocol.onRunstateChange(change);
    }
}

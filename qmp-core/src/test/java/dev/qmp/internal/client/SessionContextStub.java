package dev.qmp.internal.client;

import dev.qmp.internal.engine.DirectLane;
import dev.qmp.internal.engine.Sender;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.ConnectPhase;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A session's engine of which a test needs a few methods; the others must not be called. */
abstract class SessionContextStub implements SessionContext<QmpMessage>, Sender<QmpMessage> {

    @Override
    public Sender<QmpMessage> sender() {
        return this;
    }

    @Override
    public void send(QmpMessage message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void sendUrgent(QmpMessage message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void sendTogether(Runnable sends) {
        sends.run();
    }

    @Override
    public boolean withdraw(QmpMessage message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void resumeSending() {}

    @Override
    public @Nullable DirectLane<QmpMessage> openDirectLane() {
        return null;
    }

    @Override
    public boolean closeDirectLane() {
        return true;
    }

    @Override
    public CompletableFuture<QmpMessage> receive() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void enterPhase(ConnectPhase phase, String hint) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isEstablished() {
        return true;
    }

    @Override
    public void assertOnLoop() {}

    @Override
    public void fail(Throwable cause) {
        throw new AssertionError(cause);
    }
}

package dev.qmp.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * Replaces the {@link Writer} of a session that has ended: each message is unsent. Used on the event loop.
 *
 * @param <M> the protocol's message
 */
record EndedSender<M>(Engine<M> engine, SessionHandler<M> handler) implements Sender<M> {

    @Override
    public void send(M message) {
        engine.assertOnLoop();
        engine.unsent(handler, message);
    }

    @Override
    public void sendUrgent(M message) {
        engine.assertOnLoop();
        engine.unsent(handler, message);
    }

    @Override
    public void sendTogether(Runnable sends) {
        engine.assertOnLoop();
        sends.run();
    }

    @Override
    public boolean withdraw(M message) {
        engine.assertOnLoop();
        return false;
    }

    @Override
    public void resumeSending() {
        engine.assertOnLoop();
    }

    @Override
    public @Nullable DirectLane<M> openDirectLane() {
        engine.assertOnLoop();
        return null;
    }

    @Override
    public boolean closeDirectLane() {
        engine.assertOnLoop();
        return true;
    }
}

package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One session, from the first attempt to open its transport to the close of the transport. It connects the transport
 * with the protocol's {@link SessionHandler}, and belongs to the engine only while the transport is open. The {@link
 * Writer} takes what the handler sends.
 *
 * @param <M> the protocol's message
 */
final class Session<M> implements TransportListener<M>, SessionContext<M> {

    private final Engine<M> engine;
    private final Loop loop;
    private final DisconnectPath<M> disconnectPath;
    private State state = State.ESTABLISHING;
    /** Null when the session is established, or has ended. */
    private @Nullable EarlyMessages<M> early = new EarlyMessages<>();
    /** Null while this is not the engine's session: before the transport is open, and after the end. */
    private @Nullable Open<M> open;
    /** Null before the transport is open. */
    private @Nullable SessionHandler<M> handler;
    /** Whether the transport has reported its close. */
    private boolean transportClosed;
    /** When it became {@code RUNNING}, in the values of {@code System.nanoTime()}. */
    private long began;

    private enum State {
        ESTABLISHING,
        ESTABLISHED,
        /** A disconnect is under way. Replies are awaited, and only urgent messages are accepted. */
        DRAINING,
        /** The transport is being closed. Nothing is passed on in either direction. */
        CLOSED
    }

    /** The parts of a session while its transport is open. */
    private record Open<M>(Transport<M> transport, SessionHandler<M> handler, Writer<M> writer) {}

    Session(Engine<M> engine) {
        this.engine = engine;
        this.loop = engine.loop();
        this.disconnectPath = engine.disconnectPath();
    }

    /** {@return whether this is the engine's session} */
    boolean isOpen() {
        return open != null;
    }

    /** {@return whether a disconnect is under way} */
    boolean isEnding() {
        return state == State.DRAINING || isClosed();
    }

    /** {@return whether the transport is being closed, so that nothing is written any more} */
    boolean isClosed() {
        return state == State.CLOSED;
    }

    // ------------------------------------------------------------------ establishing

    /**
     * Makes this the engine's session and establishes it on the open transport. If the protocol cannot create a
     * handler, the transport is closed.
     *
     * @return completes on the event loop when the session is established
     */
    @BottomHalf
    CompletionStage<?> open(Transport<M> transport) {
        loop.assertOnLoop();
        Open<M> opened;
        try {
            SessionHandler<M> created = engine.newSessionHandler(this);
            opened = new Open<>(transport, created, new Writer<>(engine, created, transport, this));
        } catch (Throwable e) {
            transport.close(); // there is no session that would close it
            throw e;
        }
        open = opened;
        handler = opened.handler;
        engine.sessionOpened(this);
        return opened.handler.establish();
    }

    /** Enters {@code RUNNING}. Passes messages to the handler from now on: first those that arrived early. */
    @BottomHalf
    void enterRunning() {
        loop.assertOnLoop();
        Open<M> current = open;
        if (current == null) {
            return;
        }
        began = System.nanoTime();
        state = State.ESTABLISHED; // first, because a runstate listener may send
        current.handler.established();
        engine.runstates().move(Runstate.RUNNING, null);
        if (!isOpen()) {
            return; // a runstate listener has ended it
        }
        try {
            for (M message = nextEarly(); message != null; message = nextEarly()) {
                current.handler.message(message);
            }
            early = null;
        } catch (Throwable e) {
            fail(e);
            return;
        }
        current.writer.schedulePump();
    }

    // ------------------------------------------------------------------ the transport's calls

    @Override
    @BottomHalf
    public void securing() {
        loop.assertOnLoop();
        engine.enterPhase(ConnectPhase.TLS, "the peer does not speak TLS, or is stuck");
    }

    @Override
    @BottomHalf
    public void arrived(int count) {
        loop.assertOnLoop();
        loop.arrived();
        if (state == State.ESTABLISHING) {
            engine.arrivedInAttempt();
        }
        Open<M> current = unlessClosed();
        if (current == null) {
            return;
        }
        try {
            current.handler.arrived(count);
        } catch (Throwable e) {
            fail(e);
        }
    }

    /**
     * Passes a message to the handler, or to its {@link #receive()} while the session is being established. Messages
     * after the close are dropped, because data after a failure cannot be trusted.
     */
    @Override
    @BottomHalf
    public void received(M raw) {
        loop.assertOnLoop();
        Open<M> current = unlessClosed();
        if (current == null) {
            return;
        }
        try {
            M message = current.handler.inbound(raw);
            EarlyMessages<M> notEstablished = isEstablished() ? null : early;
            if (notEstablished == null) {
                current.handler.message(message);
            } else {
                notEstablished.arrived(message);
            }
        } catch (Throwable e) {
            fail(e);
            return;
        }
        closeIfQuiet();
    }

    private @Nullable Open<M> unlessClosed() {
        return isClosed() ? null : open;
    }

    private @Nullable M nextEarly() {
        return early == null ? null : early.poll();
    }

    @Override
    @BottomHalf
    public void writabilityChanged() {
        loop.assertOnLoop();
        Open<M> current = open;
        if (current != null) {
            current.writer.schedulePump();
        }
    }

    @Override
    @BottomHalf
    public void failed(Throwable cause) {
        loop.assertOnLoop();
        fail(cause);
    }

    @Override
    @BottomHalf
    public void closed() {
        loop.assertOnLoop();
        transportClosed = true;
        if (isOpen()) {
            disconnectPath.sessionClosed(this);
        }
    }

    // ------------------------------------------------------------------ the handler's calls

    @Override
    @BottomHalf
    public boolean isEstablished() {
        loop.assertOnLoop();
        return state == State.ESTABLISHED;
    }

    @Override
    @BottomHalf
    public Sender<M> sender() {
        loop.assertOnLoop();
        Open<M> current = open;
        if (current != null) {
            return current.writer;
        }
        SessionHandler<M> ended = handler;
        if (ended == null) {
            throw new IllegalStateException("the transport is not open yet");
        }
        return new EndedSender<>(engine, ended);
    }

    @Override
    @BottomHalf
    public CompletableFuture<M> receive() {
        loop.assertOnLoop();
        if (state != State.ESTABLISHING || early == null) {
            throw new IllegalStateException("receive() is for establishing a session");
        }
        return early.receive();
    }

    @Override
    @BottomHalf
    public void enterPhase(ConnectPhase phase, String hint) {
        loop.assertOnLoop();
        engine.enterPhase(phase, hint);
    }

    @Override
    @BottomHalf
    public void fail(Throwable cause) {
        loop.assertOnLoop();
        if (isOpen()) {
            disconnectPath.sessionFailed(cause);
        }
    }

    @Override
    @BottomHalf
    public void assertOnLoop() {
        loop.assertOnLoop();
    }

    @Override
    @BottomHalf
    public Cancellable schedule(Duration delay, Runnable task) {
        loop.assertOnLoop();
        return loop.schedule(delay, () -> {
            if (!isOpen()) {
                return;
            }
            try {
                task.run();
            } catch (Throwable e) {
                fail(e);
            }
        });
    }

    // ------------------------------------------------------------------ the end

    /** Notes that a disconnect is under way: of an established session, or of an attempt. */
    @BottomHalf
    void drain() {
        loop.assertOnLoop();
        state = State.DRAINING;
    }

    /** Has a draining session closed if it is quiet. Called after a message was sent or received. */
    @BottomHalf
    void closeIfQuiet() {
        loop.assertOnLoop();
        if (state == State.DRAINING) {
            disconnectPath.closeIfQuiet();
        }
    }

    /**
     * Closes the lane of other threads, passes what they have written to the handler, and checks whether the session
     * may be closed. If the handler throws, the session fails.
     *
     * @return whether all messages are written, and the handler awaits no reply
     */
    @BottomHalf
    boolean closeLaneAndCheckQuiet() {
        loop.assertOnLoop();
        Open<M> current = open;
        if (current == null) {
            return true;
        }
        boolean laneClosed = current.writer.closeDirectLane();
        try {
            current.handler.takeInDirect(); // after the claim: the last thread in the lane may have written before it
            return laneClosed && current.writer.isQuiet() && current.handler.isQuiet();
        } catch (Throwable e) {
            fail(e);
            return false;
        }
    }

    /** {@return the cause of the end, after the peer has closed the transport} */
    @BottomHalf
    Throwable endOfStream() {
        loop.assertOnLoop();
        try {
            return open == null ? ConnectionLostException.endOfStream() : open.handler.endOfStream();
        } catch (Throwable e) {
            return e;
        }
    }

    /** {@return how long it was {@code RUNNING}, until a value of {@code System.nanoTime()}} */
    Duration lengthUntil(long end) {
        return Duration.ofNanos(end - began);
    }

    /** {@return how the session ended, as the handler describes it; null without a description} */
    @BottomHalf
    @Nullable
    SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        loop.assertOnLoop();
        try {
            return open == null ? null : open.handler.outcome(left, cause);
        } catch (Throwable e) {
            engine.failures().failed("A hook failed", "the end of the session", e);
            return null;
        }
    }

    /** Reports the messages that will never be sent, then closes the transport. */
    @BottomHalf
    void close(Throwable cause) {
        loop.assertOnLoop();
        Open<M> current = open;
        state = State.CLOSED;
        if (current == null) {
            return;
        }
        try {
            current.writer.close(cause);
            if (early != null) {
                early.end(cause);
            }
        } finally {
            current.transport.close();
        }
    }

    /**
     * Releases the transport and the messages that it has not taken, because a handler may keep its context for long.
     * Called when the engine has dropped the session. A transport that is not closed yet is closed again, because an
     * Error may have kept it from that.
     */
    @BottomHalf
    void ended() {
        loop.assertOnLoop();
        Open<M> ended = open;
        open = null;
        early = null;
        if (ended != null && !transportClosed) {
            ended.transport.close();
        }
    }
}

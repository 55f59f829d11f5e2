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
 * Writer} writes.
 *
 * @param <M> the protocol's message
 */
final class Session<M> implements TransportListener<M>, SessionContext<M> {

    private final Engine<M> engine;
    private final Loop loop;
    private final DisconnectPath<M> disconnectPath;
    /** Null when the session is established, or has ended. */
    private @Nullable EarlyMessages<M> early = new EarlyMessages<>();

    private @Nullable SessionHandler<M> handler;
    /**
     * Null while this is not the engine's session: before the transport is open, and after the end, because a handler
     * may keep its context for long.
     */
    private @Nullable Open<M> open;

    private boolean established;
    /** Whether the transport is being closed. */
    private boolean closed;
    /** When it became {@code RUNNING}, in the values of {@code System.nanoTime()}. */
    private long began;

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
        SessionHandler<M> created;
        try {
            created = engine.newSessionHandler(this);
            open = new Open<>(transport, created, new Writer<>(engine, created, transport, this));
        } catch (Throwable e) {
            transport.close(); // there is no session that would close it
            throw e;
        }
        handler = created;
        engine.sessionOpened(this);
        return created.establish();
    }

    /** Enters {@code RUNNING}. Passes messages to the handler from now on: first those that arrived early. */
    @BottomHalf
    void establish() {
        loop.assertOnLoop();
        began = System.nanoTime();
        established = true; // first, because a runstate listener may send
        engine.runstates().move(Runstate.RUNNING, null);
        Open<M> current = open;
        if (current == null) {
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
    public void arrived() {
        loop.assertOnLoop();
        Open<M> current = open;
        if (current == null || closed) {
            return;
        }
        try {
            current.handler.arrived();
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
        Open<M> current = open;
        if (current == null || closed) {
            return;
        }
        try {
            M message = current.handler.inbound(raw);
            EarlyMessages<M> notEstablished = established ? null : early;
            if (notEstablished == null) {
                current.handler.message(message);
            } else {
                notEstablished.arrived(message);
            }
        } catch (Throwable e) {
            fail(e);
            return;
        }
        disconnectPath.closeIfQuiet();
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
        if (isOpen()) {
            disconnectPath.sessionClosed(this);
        }
    }

    // ------------------------------------------------------------------ the handler's calls

    @Override
    @BottomHalf
    public void send(M message) {
        loop.assertOnLoop();
        send(message, !established, disconnectPath.isUnderWay());
    }

    @Override
    @BottomHalf
    public void sendUrgent(M message) {
        loop.assertOnLoop();
        send(message, true, disconnectPath.isUnderWay() && !disconnectPath.isDraining());
    }

    @Override
    @BottomHalf
    public void sendTogether(Runnable sends) {
        loop.assertOnLoop();
        Open<M> current = open;
        if (current == null) {
            sends.run();
        } else {
            current.writer.together(sends);
        }
    }

    private void send(M message, boolean urgent, boolean refused) {
        Open<M> current = open;
        SessionHandler<M> sender = handler;
        if (sender == null) {
            throw new IllegalStateException("the transport is not open yet");
        }
        if (current == null || refused || closed) {
            engine.unsent(sender, message);
        } else {
            current.writer.send(message, urgent);
        }
    }

    @Override
    @BottomHalf
    public boolean withdraw(M message) {
        loop.assertOnLoop();
        return open != null && open.writer.withdraw(message);
    }

    /**
     * Schedules the writer if there is anything to write, or if a disconnect is under way, because the writer then
     * checks whether the session is quiet. Otherwise it does not, because a loop task costs a system call.
     */
    @Override
    @BottomHalf
    public void resumeSending() {
        loop.assertOnLoop();
        Open<M> current = open;
        if (current != null && (current.writer.hasOutgoing() || disconnectPath.isUnderWay())) {
            current.writer.schedulePump();
        }
    }

    @Override
    @BottomHalf
    public @Nullable DirectLane<M> openDirectLane() {
        loop.assertOnLoop();
        Open<M> current = open;
        return current != null && established && !closed ? current.writer.openLane() : null;
    }

    @Override
    @BottomHalf
    public boolean closeDirectLane() {
        loop.assertOnLoop();
        return open == null || open.writer.closeLane();
    }

    /** Goes on after another thread has left the lane while the loop waited for that, or the session has ended. */
    @BottomHalf
    void laneLeft() {
        loop.assertOnLoop();
        SessionHandler<M> left = handler;
        if (left == null) {
            return;
        }
        try {
            left.takeInDirect();
        } catch (Throwable e) {
            fail(e);
        }
        Open<M> current = open;
        if (current != null && !closed) {
            current.writer.laneLeft();
        }
    }

    @Override
    @BottomHalf
    public CompletableFuture<M> receive() {
        loop.assertOnLoop();
        if (established || early == null) {
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

    /** {@return whether all queued messages are written, and the handler awaits no reply} */
    @BottomHalf
    boolean isQuiet() {
        loop.assertOnLoop();
        Open<M> current = open;
        try {
            return current == null || (current.writer.isQuiet() && current.handler.isQuiet());
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
        closed = true;
        if (current == null) {
            return;
        }
        current.writer.close(cause);
        if (early != null) {
            early.end(cause);
        }
        current.transport.close();
    }

    /**
     * Releases the transport and the messages that it has not taken. Called when the engine has dropped the session.
     */
    @BottomHalf
    void ended() {
        loop.assertOnLoop();
        open = null;
        early = null;
    }
}

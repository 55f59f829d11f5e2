package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The sending of one {@link Session}: queues messages, passes them to the system, and reports the outcome of each
 * message to the protocol. It runs on the event loop, and is released with the session, because it has the transport.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class Writer<M> implements Sender<M> {

    private final Engine<M> engine;
    private final SessionHandler<M> handler;
    private final Loop loop;
    private final Transport<M> transport;
    private final OutgoingQueue<M> outgoing;
    private final Session<M> session;
    /** Null until it is opened first. */
    private @Nullable DirectLane<M> lane;

    private final Runnable pump = this::pump;
    private boolean pumpScheduled;
    /** Whether a task runs that is followed by the pump. */
    private boolean together;

    /** Null while the system has not taken the last batch. */
    private @Nullable Batch spare;

    /**
     * The messages that are written, but not yet taken by the system, in their order. The counter counts all messages
     * that were ever written.
     */
    private final ArrayDeque<M> unflushed = new ArrayDeque<>(1);

    private long written;
    private Cancellable writeDeadline = Cancellable.NOTHING;

    Writer(Engine<M> engine, SessionHandler<M> handler, Transport<M> transport, Session<M> session) {
        this.engine = engine;
        this.handler = handler;
        this.loop = engine.loop();
        this.transport = transport;
        this.outgoing = new OutgoingQueue<>(handler);
        this.session = session;
    }

    // ------------------------------------------------------------------ the queue

    @Override
    public void send(M message) {
        loop.assertOnLoop();
        send(message, !session.isEstablished(), session.isEnding());
    }

    @Override
    public void sendUrgent(M message) {
        loop.assertOnLoop();
        send(message, true, session.isClosed());
    }

    private void send(M message, boolean urgent, boolean refused) {
        if (refused) {
            engine.unsent(handler, message);
            return;
        }
        outgoing.add(message, urgent);
        schedulePump();
    }

    @Override
    public void sendTogether(Runnable sends) {
        loop.assertOnLoop();
        if (pumpScheduled) {
            sends.run();
            return;
        }
        together = true;
        try {
            sends.run();
        } finally {
            together = false;
            if (pumpScheduled) {
                pump();
            }
        }
    }

    @Override
    public boolean withdraw(M message) {
        loop.assertOnLoop();
        return outgoing.remove(message);
    }

    /**
     * Schedules the writing if there is anything to write, or if a disconnect is under way, because the writer then
     * checks whether the session is quiet. Otherwise it does not, because a loop task costs a system call.
     */
    @Override
    public void resumeSending() {
        loop.assertOnLoop();
        boolean hasRest = lane != null && lane.hasRest();
        if (!outgoing.isEmpty() || hasRest || session.isEnding()) {
            schedulePump();
        }
    }

    /** Schedules the writing for the end of this loop iteration, so that its messages are passed in one system call. */
    void schedulePump() {
        loop.assertOnLoop();
        if (!pumpScheduled) {
            pumpScheduled = true;
            if (!together) {
                executePump();
            }
        }
    }

    private void executePump() {
        try {
            loop.execute(pump);
        } catch (Throwable e) {
            pumpScheduled = false; // or nothing would ever be written again
            throw e;
        }
    }

    // ------------------------------------------------------------------ writing

    private void pump() {
        pumpScheduled = false;
        if (session.isClosed()) {
            return;
        }
        long before = written;
        Throwable failure = null;
        try {
            if (lane == null || takeOver(lane)) {
                for (M queued = outgoing.poll(transport); queued != null; queued = outgoing.poll(transport)) {
                    write(queued);
                }
            }
        } catch (Throwable e) {
            failure = e;
        }
        try {
            if (written > before) {
                flush(); // before the session fails, because these messages are whole
            }
        } finally {
            if (failure != null) {
                session.fail(failure);
            }
        }
        session.closeIfQuiet();
    }

    private void flush() {
        Batch batch = spare == null ? new Batch() : spare;
        spare = null;
        batch.upTo = written;
        transport.flush(batch);
        armWriteDeadlineIfStalled();
    }

    /**
     * Writes one message. If it cannot be encoded, only this message fails. After another failure of the transport, the
     * session ends at once, because a part of the message may be in its buffer. A failure of the filter is thrown.
     */
    private void write(M queued) {
        M filtered;
        try {
            filtered = handler.outbound(queued);
        } catch (Throwable e) {
            callHook(() -> handler.unsent(queued, e));
            throw e;
        }
        try {
            transport.write(filtered);
            unflushed.add(queued);
            written++;
        } catch (IllegalArgumentException e) {
            callHook(() -> handler.unsent(queued, e));
        } catch (Throwable e) {
            callHook(() -> handler.unsent(queued, e));
            session.fail(e);
        }
    }

    /** Calls a hook. Its failure ends the session, and does not prevent the calls for other messages. */
    private void callHook(Runnable hook) {
        try {
            hook.run();
        } catch (Throwable e) {
            session.fail(e);
        }
    }

    // ------------------------------------------------------------------ the lane of other threads

    @Override
    public @Nullable DirectLane<M> openDirectLane() {
        loop.assertOnLoop();
        if (!session.isEstablished()) {
            return null;
        }
        if (lane == null) {
            DirectOutput<M> output = transport.directOutput();
            Runnable left = this::laneLeft; // made once, because a thread may leave without memory for it
            lane = output == null ? null : new DirectLane<>(loop, output, () -> loop.executeAtLeastOnce(left));
        }
        if (lane != null && isQuiet()) {
            lane.open();
        }
        return lane;
    }

    @Override
    public boolean closeDirectLane() {
        loop.assertOnLoop();
        return lane == null || lane.claim();
    }

    /**
     * Claims the lane. The handler learns of the last thread's message, before it decides about the next one. The rest
     * of that message is queued for the next flush.
     *
     * @return whether the loop may write
     */
    private boolean takeOver(DirectLane<M> used) {
        boolean claimed = used.claim();
        boolean hasRest = !claimed && used.hasRest(); // asked first: from then on the handler can learn of the message
        handler.takeInDirect();
        M begun = hasRest ? used.takeRest() : null;
        if (begun != null) {
            unflushed.add(begun);
            written++;
        }
        return claimed || hasRest;
    }

    /**
     * Goes on after a thread has left the lane, with the rest of that thread's message and with what is queued. After
     * the session's end, only the handler goes on.
     */
    private void laneLeft() {
        loop.assertOnLoop();
        try {
            handler.takeInDirect();
        } catch (Throwable e) {
            session.fail(e);
        }
        pump();
    }

    // ------------------------------------------------------------------ outcomes

    /** Reports the messages up to a count as taken by the system. */
    private void flushed(long upTo) {
        writeDeadline.cancel();
        writeDeadline = Cancellable.NOTHING;
        for (long left = written - upTo; unflushed.size() > left; ) {
            M message = unflushed.remove();
            try {
                handler.sent(message);
            } catch (Throwable e) {
                session.fail(e); // the other messages were sent, too
            }
        }
        if (session.isClosed()) {
            return;
        }
        armWriteDeadlineIfStalled();
        if (!outgoing.isEmpty()) {
            schedulePump();
        }
        session.closeIfQuiet();
    }

    /** Messages that are flushed together. The system usually takes them at once, so one object serves all batches. */
    private final class Batch implements Runnable {

        private long upTo;

        @Override
        public void run() {
            spare = this;
            flushed(upTo);
        }
    }

    private Duration writeTimeout() {
        return engine.options().writeTimeout();
    }

    /** Starts the write deadline if the system has not taken all bytes. Usually it has, and no timer is needed. */
    private void armWriteDeadlineIfStalled() {
        if (session.isClosed() || unflushed.isEmpty() || writeDeadline != Cancellable.NOTHING) {
            return;
        }
        long taken = transport.taken();
        writeDeadline = loop.schedule(writeTimeout(), () -> writeDeadlinePassed(taken));
    }

    /**
     * Ends the session if the peer has read nothing since the deadline's start. A long message may take longer while
     * the peer reads.
     */
    private void writeDeadlinePassed(long takenBefore) {
        writeDeadline = Cancellable.NOTHING;
        if (transport.taken() > takenBefore) {
            armWriteDeadlineIfStalled();
        } else {
            session.fail(new ConnectionLostException(
                    "the peer has read no data for " + writeTimeout().toMillis() + " ms (writeTimeout)", null));
        }
    }

    // ------------------------------------------------------------------ the end

    /** {@return whether the system has taken all queued messages} A thread in the lane may still write one. */
    boolean isQuiet() {
        loop.assertOnLoop();
        return outgoing.isEmpty() && unflushed.isEmpty();
    }

    /** Stops the writing, and reports the messages that will never be sent. */
    void close(Throwable cause) {
        loop.assertOnLoop();
        closeDirectLane();
        writeDeadline.cancel();
        outgoing.clear().forEach(message -> callHook(() -> handler.unsent(message, cause)));
    }
}

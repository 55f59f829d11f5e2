package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The writing of one {@link Session}: passes messages from the outgoing queue to the system, and reports the outcome of
 * each message to the protocol. It runs on the event loop.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
final class Writer<M> {

    private final SessionHandler<M> handler;
    private final Loop loop;
    private final Transport<M> transport;
    private final Duration writeTimeout;
    private final DisconnectPath<M> disconnectPath;
    private final OutgoingQueue<M> outgoing;
    private final Predicate<M> writable;
    private final Session<M> session;
    /** Null until it is opened first. */
    private @Nullable DirectLane<M> lane;

    private final Runnable pump = this::pump;
    private boolean pumpScheduled;
    /** Whether a task runs that is followed by the pump. */
    private boolean together;

    private boolean closed;
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
        this.handler = handler;
        this.loop = engine.loop();
        this.transport = transport;
        this.writeTimeout = engine.options().writeTimeout();
        this.disconnectPath = engine.disconnectPath();
        this.outgoing = new OutgoingQueue<>(handler);
        this.writable = transport::isWritable;
        this.session = session;
    }

    // ------------------------------------------------------------------ the queue

    void send(M message, boolean urgent) {
        outgoing.add(message, urgent);
        schedulePump();
    }

    boolean withdraw(M message) {
        return outgoing.remove(message);
    }

    /** {@return whether a message is queued, or the rest of one is left in the lane} */
    boolean hasOutgoing() {
        return !outgoing.isEmpty() || (lane != null && lane.hasRest());
    }

    /** Schedules the writing for the end of this loop iteration, so that its messages are passed in one system call. */
    void schedulePump() {
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

    /** Runs a task of the loop that queues messages, and then writes, unless that is scheduled already. */
    void together(Runnable sends) {
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

    // ------------------------------------------------------------------ writing

    private void pump() {
        pumpScheduled = false;
        if (closed) {
            return;
        }
        long before = written;
        try {
            if (lane == null || takeOver(lane)) {
                for (M queued = outgoing.poll(writable); queued != null; queued = outgoing.poll(writable)) {
                    write(queued);
                }
            }
        } catch (Throwable e) {
            disconnectPath.sessionFailed(e);
        }
        if (written > before) {
            flush();
        }
        disconnectPath.closeIfQuiet();
    }

    private void flush() {
        Batch batch = spare == null ? new Batch() : spare;
        spare = null;
        batch.upTo = written;
        transport.flush(batch);
        armWriteDeadlineIfStalled();
    }

    /**
     * Writes one message. If it cannot be encoded, only this message fails. An exception of a hook ends the session.
     */
    private void write(M queued) {
        M filtered;
        try {
            filtered = handler.outbound(queued);
        } catch (Throwable e) {
            callHook(() -> handler.unsent(queued, e));
            disconnectPath.sessionFailed(e);
            return;
        }
        try {
            transport.write(filtered);
            unflushed.add(queued);
            written++;
        } catch (IllegalArgumentException e) {
            callHook(() -> handler.unsent(queued, e));
        } catch (Throwable e) {
            callHook(() -> handler.unsent(queued, e));
            disconnectPath.sessionFailed(e);
        }
    }

    /**
     * Reports the outcome of one message to the protocol. A failure of the hook does not prevent the reports of the
     * others.
     */
    private void callHook(Runnable hook) {
        try {
            hook.run();
        } catch (Throwable e) {
            disconnectPath.sessionFailed(e);
        }
    }

    // ------------------------------------------------------------------ the lane of other threads

    /** {@return the lane, which is open if nothing is queued or on its way; null if the transport has no such way} */
    @Nullable
    DirectLane<M> openLane() {
        if (lane == null) {
            DirectOutput<M> output = transport.directOutput();
            Runnable left = session::laneLeft; // made once, because a thread may leave without memory for it
            lane = output == null ? null : new DirectLane<>(output, () -> loop.trigger(left));
        }
        if (lane != null && !closed && outgoing.isEmpty() && unflushed.isEmpty() && !disconnectPath.isUnderWay()) {
            lane.open();
        }
        return lane;
    }

    /** {@return whether no other thread writes or will} */
    boolean closeLane() {
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

    /** Goes on after a thread has left the lane, with the rest of that thread's message and with what is queued. */
    void laneLeft() {
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
                disconnectPath.sessionFailed(e); // the other messages were sent, too
            }
        }
        if (closed) {
            return;
        }
        armWriteDeadlineIfStalled();
        if (!outgoing.isEmpty()) {
            schedulePump();
        }
        disconnectPath.closeIfQuiet();
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

    /** Starts the write deadline if the system has not taken all bytes. Usually it has, and no timer is needed. */
    private void armWriteDeadlineIfStalled() {
        if (closed || unflushed.isEmpty() || writeDeadline != Cancellable.NOTHING) {
            return;
        }
        long taken = transport.taken();
        writeDeadline = loop.schedule(writeTimeout, () -> writeDeadlinePassed(taken));
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
            disconnectPath.sessionFailed(new ConnectionLostException(
                    "the peer has read no data for " + writeTimeout.toMillis() + " ms (writeTimeout)", null));
        }
    }

    // ------------------------------------------------------------------ the end

    /** {@return whether the system has taken all queued messages} */
    boolean isQuiet() {
        return outgoing.isEmpty() && unflushed.isEmpty() && closeLane();
    }

    /** Stops the writing, and reports the messages that will never be sent. */
    void close(Throwable cause) {
        closed = true;
        closeLane();
        writeDeadline.cancel();
        outgoing.clear().forEach(message -> callHook(() -> handler.unsent(message, cause)));
    }
}

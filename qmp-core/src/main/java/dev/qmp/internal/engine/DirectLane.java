package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.UpperHalf;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread at a time write a message without the event loop. It saves that thread the wake-up of the loop, which
 * takes longer than the writing.
 *
 * <p>The loop opens the lane while it has nothing to write, and claims it before it writes. It never waits for the
 * thread in the lane: without the claim it writes nothing, and that thread wakes it when it leaves. So at any moment
 * either the loop writes or one other thread.
 *
 * @param <M> the protocol's message
 */
public final class DirectLane<M> {

    /** The use of the lane, which decides about the right to write. */
    private enum Use {
        /** The loop may write. */
        CLOSED,
        /** The loop may write. A thread has written, and has left the lane. */
        LEFT,
        /** The first thread that takes the lane may write. */
        OPEN,
        /** A thread has taken the lane, and may write. */
        TAKEN,
        /** As {@code TAKEN}. The loop knows the thread's message, and has opened the lane for the next thread. */
        TAKEN_THEN_OPEN,
        /** As {@code TAKEN}. The thread wakes the loop when it leaves. */
        WANTED,
        /** The thread's message is not completely written. The loop writes the rest, and no other message before. */
        REST
    }

    private final LoopScheduler scheduler;
    private final DirectOutput<M> output;
    private final Runnable wakeLoop;
    private final AtomicReference<Use> use = new AtomicReference<>(Use.CLOSED);
    /** The message whose rest is left to the loop; null if there is none. */
    private @Nullable M begun;
    /** Whether the system has taken all bytes of the message of the thread in the lane. */
    private boolean complete;

    /** Whether the loop knows the message of the last thread in the lane. Used by the loop alone. */
    private boolean known;

    /** Creates a closed lane. {@code wakeLoop} has the loop go on with the writing. */
    DirectLane(LoopScheduler scheduler, DirectOutput<M> output, Runnable wakeLoop) {
        this.scheduler = scheduler;
        this.output = output;
        this.wakeLoop = wakeLoop;
    }

    // ------------------------------------------------------------------ the thread that writes

    /** {@return whether the calling thread has taken the lane} If so, it calls {@link #leave} in any case. */
    @UpperHalf
    public boolean take() {
        if (!use.compareAndSet(Use.OPEN, Use.TAKEN)) {
            return false;
        }
        complete = false;
        return true;
    }

    /** {@return whether the loop has not claimed the lane since it was taken} */
    @UpperHalf
    public boolean isUnclaimed() {
        return use.get() == Use.TAKEN;
    }

    /**
     * Encodes a message, in the lane.
     *
     * @throws IllegalArgumentException if it cannot be encoded, or is too long for this way
     */
    @UpperHalf
    public void encode(M message) {
        output.encode(message);
    }

    /** Writes the encoded message, in the lane. */
    @UpperHalf
    public void write() {
        complete = output.write();
    }

    /**
     * Leaves the lane.
     *
     * @param message the encoded message, if the loop can get it by now. What is not written of it, the loop writes,
     *     even if {@link #write} was not called or has thrown. Null if there is no message
     */
    @UpperHalf
    public void leave(@Nullable M message) {
        boolean hasRest = message != null && !complete;
        Use left = message == null ? Use.CLOSED : Use.LEFT;
        if (!hasRest && (use.compareAndSet(Use.TAKEN, left) || use.compareAndSet(Use.TAKEN_THEN_OPEN, Use.OPEN))) {
            return;
        }
        begun = hasRest ? message : null;
        // the loop does not change WANTED, so that this thread is the only writer now
        use.set(hasRest ? Use.REST : left);
        wakeLoop.run();
    }

    // ------------------------------------------------------------------ the loop

    /** Notes that the loop knows the message of the last thread in the lane, which may still be there. */
    @BottomHalf
    public void messageKnown() {
        scheduler.assertOnLoop();
        known = true;
    }

    /**
     * Opens the lane, because the loop has nothing to write. It stays closed while the loop does not know the message
     * of the last thread, so that there is at most one such message.
     */
    @BottomHalf
    void open() {
        scheduler.assertOnLoop();
        boolean opened = use.compareAndSet(Use.CLOSED, Use.OPEN)
                || (known
                        && (use.compareAndSet(Use.LEFT, Use.OPEN)
                                || use.compareAndSet(Use.TAKEN, Use.TAKEN_THEN_OPEN)));
        known &= !opened;
    }

    /** {@return whether the loop may write} Otherwise the thread in the lane wakes the loop when it leaves. */
    @BottomHalf
    boolean claim() {
        scheduler.assertOnLoop();
        while (true) {
            Use now = use.get();
            if (now == Use.CLOSED || now == Use.LEFT) {
                return true;
            }
            if (now == Use.WANTED || now == Use.REST) {
                return false;
            }
            Use next = now == Use.OPEN ? Use.CLOSED : Use.WANTED;
            if (use.compareAndSet(now, next)) {
                known |= now == Use.TAKEN_THEN_OPEN;
                return next == Use.CLOSED;
            }
        }
    }

    /** {@return whether the rest of a message is left to the loop} */
    @BottomHalf
    boolean hasRest() {
        scheduler.assertOnLoop();
        return use.get() == Use.REST;
    }

    /** {@return the message whose rest is queued for the transport's flush now; null if there is no rest} */
    @BottomHalf
    @Nullable
    M takeRest() {
        scheduler.assertOnLoop();
        if (!hasRest()) {
            return null;
        }
        output.writeRest();
        M message = begun;
        begun = null;
        use.set(Use.LEFT);
        return message;
    }
}

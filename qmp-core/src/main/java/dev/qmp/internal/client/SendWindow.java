package dev.qmp.internal.client;

import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The commands on the wire: written and not answered. Abandoned ones are among them, because the server executes them
 * nevertheless. The window decides which command may be written next.
 */
@BottomHalf
final class SendWindow {

    private final LongSupplier clock;
    private int size = 1;
    private boolean abandonedKeepPlaces = true;
    private int onWire;
    private int inBand;
    private int inBandAbandoned;
    private int descriptors;
    private long transfer;
    private long readBy;
    private long owedSince;
    private long lastAbandonedAt;

    /** Creates an empty window for one command in band. The clock counts nanoseconds. */
    SendWindow(LongSupplier clock) {
        this.clock = clock;
        this.readBy = clock.getAsLong();
    }

    /** Sets how many commands in band may be on the wire. */
    void size(int commands) {
        size = commands;
    }

    /** Sets whether an abandoned command holds its place until its reply arrives. Default: true. */
    void abandonedKeepPlaces(boolean keep) {
        abandonedKeepPlaces = keep;
    }

    // ------------------------------------------------------------------ what may be written

    /**
     * {@return whether a command in band may be written} A command with a file descriptor waits for the replies to all
     * earlier commands. So it closes the wire only while it executes itself. During a long command before it, the
     * server can still be probed, and commands out of band can be sent.
     */
    boolean hasRoom(QmpCommand next) {
        int taken = abandonedKeepPlaces ? inBand : inBand - inBandAbandoned;
        return !isClosed() && (next.fileDescriptor() == null ? taken < size : inBand == 0);
    }

    /**
     * {@return whether a command with a file descriptor awaits its reply, so that no message may be written} With
     * out-of-band execution, QEMU's I/O thread uses the descriptor at every byte that it reads. Meanwhile the main
     * thread takes and frees it without a lock. So a byte after such a command can crash the machine.
     */
    boolean isClosed() {
        return descriptors > 0;
    }

    /**
     * {@return whether abandoned commands have kept the given command from the wire for the given time} If the command
     * has a file descriptor, or such a command awaits its reply, all in-band commands on the wire must be abandoned.
     * Otherwise, abandoned commands must hold all places of the window.
     */
    boolean isBlockedFor(PendingCommand<?> command, Duration time) {
        boolean needsAll = isClosed() || command.command().fileDescriptor() != null;
        boolean blocked = needsAll
                ? inBandAbandoned > 0 && inBandAbandoned == inBand
                : abandonedKeepPlaces && inBandAbandoned >= size;
        return blocked && clock.getAsLong() - lastAbandonedAt >= time.toNanos();
    }

    // ------------------------------------------------------------------ changes, made by the command table

    /** Adds a command that is written. */
    void written(PendingCommand<?> command) {
        count(command, 1);
        Duration time = command.transferTime();
        if (!time.isZero()) {
            long now = clock.getAsLong();
            readBy = (readBy - now > 0 ? readBy : now) + time.toNanos();
        }
    }

    /** Notes that a command on the wire is abandoned. */
    void abandoned(PendingCommand<?> command) {
        if (!command.command().isOutOfBand()) {
            inBandAbandoned++;
            lastAbandonedAt = clock.getAsLong();
        }
    }

    /** Removes a command whose reply is not due any more. */
    void done(PendingCommand<?> command) {
        count(command, -1);
        if (command.stage() == Stage.ABANDONED && !command.command().isOutOfBand()) {
            inBandAbandoned--;
        }
    }

    private void count(PendingCommand<?> pending, int change) {
        QmpCommand command = pending.command();
        transfer += pending.transferTime().toNanos() * change;
        if (onWire == 0) {
            owedSince = clock.getAsLong();
        }
        onWire += change;
        inBand += command.isOutOfBand() ? 0 : change;
        descriptors += command.fileDescriptor() == null ? 0 : change;
    }

    // ------------------------------------------------------------------ what the server owes

    /** {@return whether a reply is due} Replies to abandoned commands count, too. */
    boolean isAwaitingReplies() {
        return onWire > 0;
    }

    /** {@return the number of commands in band whose replies are due} */
    int inBand() {
        return inBand;
    }

    /**
     * {@return since when at least one reply has been due, by the clock; the start of the last such time if none is
     * due}
     */
    long owedSince() {
        return owedSince;
    }

    /** {@return when the server has read all data written so far, by the clock; possibly in the past} */
    long readBy() {
        return readBy;
    }

    /**
     * {@return the time in nanoseconds that the server needs to read all commands on the wire, if it has read none yet}
     */
    long transferTime() {
        return transfer;
    }
}

package dev.qmp.internal.client;

import dev.qmp.QmpClientOptions;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.engine.DirectLane;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.StringNode;

/**
 * Commands that their callers write themselves, because the session is RUNNING, no command is queued or in flight, and
 * the last one was answered a moment ago. The wake-up of the loop takes longer than the writing.
 *
 * <p>Only the loop changes the session's state. The caller leaves the command here before it writes. The loop takes the
 * command in before it does anything else for the session: before the bytes of a reply, another command, an
 * abandonment, and the end of the session. If none of them happens, the command is taken in after {@value
 * #CHECK_MILLIS} ms, so that its deadline is watched. {@code ArchitectureTests} finds an entrance that forgets it.
 */
final class DirectCommands {

    static final long CHECK_MILLIS = 50;

    private static final Duration CHECK = Duration.ofMillis(CHECK_MILLIS);

    /** The shortest deadline of a command that its caller may write, because no deadline is watched until the check. */
    private static final Duration LEAST_TIMEOUT = CHECK.multipliedBy(4);

    /** QEMU reads about 800 bytes in this time. Such a command fits into the lane's buffer of 1 KiB. */
    private static final Duration LONGEST_TRANSFER = Duration.ofMillis(16);

    private final QmpSession session;
    private final SessionContext<QmpMessage> context;
    private final CommandTable table;
    private final Queue<PendingCommand<?>> inbox;
    private final Duration timeout;
    private final Duration writeTimeout;
    /** Written by the loop before it opens the lane, and read by the thread that has taken it. */
    private @Nullable StringNode nextId;
    /** The command that its caller writes or has written, until the loop takes it in. */
    private volatile @Nullable PendingCommand<?> written;
    /** Null until the lane was open once. */
    private volatile @Nullable DirectLane<QmpMessage> lane;

    private long answeredAt = System.nanoTime() - CHECK.toNanos();
    /** The number of replies since the table was last empty. */
    private int answers;

    private boolean checking;
    /** The number of checks in a row that found a thread in the lane. */
    private int occupied;

    DirectCommands(
            QmpSession session,
            SessionContext<QmpMessage> context,
            Queue<PendingCommand<?>> inbox,
            QmpClientOptions options) {
        this.session = session;
        this.context = context;
        this.table = session.table();
        this.inbox = inbox;
        this.timeout = options.commandTimeout();
        this.writeTimeout = options.protocol().writeTimeout();
    }

    /**
     * {@return whether the calling thread has written the command, or has left its bytes to the loop} If not, or if it
     * throws, the call had no effect. After a failure in the lane, such as a {@code StackOverflowError}, the loop goes
     * on: at the latest in its next check.
     */
    @UpperHalf
    boolean write(PendingCommand<?> command) {
        DirectLane<QmpMessage> direct = lane;
        if (direct == null || !isOrdinary(command) || !direct.take()) {
            return false;
        }
        QmpCommand passedOn = null;
        try {
            try {
                StringNode id = nextId;
                // In this order: the loop claims the lane before it takes a command out of the inbox. So an earlier
                // command of this thread is seen here, or the claim is.
                if (id != null && inbox.isEmpty() && direct.isUnclaimed()) {
                    QmpCommand withId = command.command().withId(id);
                    direct.encode(withId);
                    command.withId(withId);
                    command.moveTo(Stage.WRITTEN);
                    written = command;
                    passedOn = withId;
                    direct.write();
                }
            } finally {
                direct.leave(passedOn);
            }
        } catch (Throwable e) {
            // the loop has a command that is passed on, and writes what its caller has not
        }
        return passedOn != null;
    }

    private boolean isOrdinary(PendingCommand<?> pending) {
        QmpCommand command = pending.command();
        Duration own = command.timeout();
        Duration limit = own == null ? timeout : own;
        return !command.isOutOfBand()
                && !command.isWithoutReply()
                && command.fileDescriptor() == null
                && pending.transferTime().compareTo(LONGEST_TRANSFER) <= 0
                && limit.compareTo(LEAST_TIMEOUT) >= 0;
    }

    /**
     * Opens the lane after the reply to the last command, if the reply before it came a moment ago. After the replies
     * to several commands in flight it does not, because the loop writes several commands together.
     */
    @BottomHalf
    void answered(boolean mayOpen) {
        context.assertOnLoop();
        answers++;
        if (!table.isEmpty()) {
            return;
        }
        boolean wasAlone = answers == 1;
        answers = 0;
        long now = System.nanoTime();
        boolean isQuick = now - answeredAt < CHECK.toNanos();
        answeredAt = now;
        if (!mayOpen || !wasAlone || !isQuick || !inbox.isEmpty()) {
            return;
        }
        if (nextId == null) {
            nextId = StringNode.valueOf(session.ids().next());
        }
        occupied = 0; // the lane cannot be taken again before it is opened here
        checkLater();
        lane = context.sender().openDirectLane();
    }

    private void checkLater() {
        if (!checking) {
            checking = true;
            context.schedule(CHECK, this::check);
        }
    }

    /**
     * Closes the lane. The reply to the next command opens it, and starts the next check. A thread that has left the
     * lane may have failed to wake the loop, so this method continues the writing in its place. If a thread never
     * leaves the lane, for example because a {@code StackOverflowError} prevented that call, the session ends.
     */
    private void check() {
        checking = false;
        if (!context.sender().closeDirectLane()) {
            occupied++;
            checkLater();
        }
        takeIn();
        context.sender().resumeSending();
        if (occupied > Math.max(1, writeTimeout.toMillis() / CHECK_MILLIS)) { // one check may have come early
            context.fail(new ConnectionLostException(
                    "a thread has not finished the writing of a command within " + writeTimeout.toMillis()
                            + " ms, probably because of a StackOverflowError",
                    null));
        }
    }

    /** Takes in the command that its caller has written, if there is one. */
    @BottomHalf
    void takeIn() {
        context.assertOnLoop();
        PendingCommand<?> command = written;
        StringNode id = nextId;
        if (command != null && id != null) {
            written = null;
            nextId = null;
            if (lane != null) {
                lane.messageKnown();
            }
            session.writtenByCaller(command, id.stringValue());
        }
    }

    /** Takes in the last command, and releases the lane, because the client keeps an ended session for long. */
    @BottomHalf
    void end() {
        context.assertOnLoop();
        try {
            takeIn();
        } finally {
            lane = null; // a thread that is in the lane leaves it nevertheless
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.QmpClientOptions;
import dev.qmp.error.NotSentException;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.UpperHalf;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** The way of a session's admitted commands from their callers to the event loop. */
final class CommandIntake implements Runnable {

    /** The number of commands that one task accepts. All connections of the loop wait for such a task. */
    private static final int MAX_AT_ONCE = 256;

    private final QmpSession session;
    private final SessionContext<QmpMessage> context;
    private final Loop loop;
    private final CommandFlow flow;
    private final QmpClientOptions options;
    /** The commands that callers on other threads have issued, in the order of their issue. */
    private final Queue<PendingCommand<?>> inbox = new ConcurrentLinkedQueue<>();

    private final Runnable takeFromInbox = this::takeFromInbox;
    /** Null before the first reply. */
    private volatile @Nullable DirectCommands direct;

    CommandIntake(
            QmpSession session,
            SessionContext<QmpMessage> context,
            Loop loop,
            CommandFlow flow,
            QmpClientOptions options) {
        this.session = session;
        this.context = context;
        this.loop = loop;
        this.flow = flow;
        this.options = options;
    }

    /**
     * Passes on a command that was admitted to the table. If the conditions of {@link DirectCommands} hold, the calling
     * thread writes the command itself. Otherwise each call from another thread adds a task to the loop. The first of
     * these tasks takes all commands that have arrived by then, {@value #MAX_AT_ONCE} at most, and writes them
     * together. A command that is issued on the loop does not overtake earlier ones.
     */
    @UpperHalf
    void submit(PendingCommand<?> command) {
        boolean acceptHere;
        try {
            boolean isOnLoop = loop.isOnLoop();
            acceptHere = isOnLoop && inbox.isEmpty();
            if (!acceptHere) {
                DirectCommands byCaller = direct;
                if (!isOnLoop && byCaller != null && byCaller.write(command)) {
                    return;
                }
                inbox.add(command);
            }
        } catch (Throwable e) { // such as StackOverflowError: nothing else would end it
            command.fail(e);
            throw e;
        }
        if (acceptHere) {
            accept(command);
        } else {
            loop.executeAtLeastOnce(this);
        }
    }

    /** Takes commands out of the inbox. {@link #submit} adds this task to the loop. */
    @Override
    @BottomHalf
    public void run() {
        loop.assertOnLoop();
        context.sender().sendTogether(takeFromInbox);
    }

    /** Takes all commands that have come by now, because the session is about to refuse later ones. Writes none. */
    @BottomHalf
    void takeAll() {
        loop.assertOnLoop();
        for (int left = inbox.size(); left > 0; left -= MAX_AT_ONCE) {
            takeFromInbox();
        }
    }

    @BottomHalf
    private void takeFromInbox() {
        loop.assertOnLoop();
        // before a command leaves the inbox, or its caller could write the next one first
        context.sender().closeDirectLane();
        PendingCommand<?> next = inbox.poll();
        for (int left = MAX_AT_ONCE; next != null; next = left > 0 ? inbox.poll() : null) {
            accept(next);
            left--;
        }
    }

    @BottomHalf
    private void accept(PendingCommand<?> command) {
        loop.assertOnLoop();
        try {
            takeInDirect();
            decide(command);
        } catch (Throwable e) {
            command.fail(CommandFailures.notQueued(command, e)); // it is in no queue any more
            throw e;
        }
    }

    private void decide(PendingCommand<?> command) {
        if (command.isDone()) {
            command.release();
        } else if (!context.isEstablished()) {
            NotSentException failure = session.notConnected(command.command());
            loop.execute(() -> command.fail(failure)); // a task of its own: a callback may issue the next command
        } else {
            flow.accept(command);
        }
    }

    /** Takes in the command that its caller has written, if there is one. */
    @BottomHalf
    void takeInDirect() {
        loop.assertOnLoop();
        DirectCommands byCaller = direct;
        if (byCaller != null) {
            byCaller.takeIn();
        }
    }

    /** Takes in the last command that its caller has written. Called when the session has ended. */
    @BottomHalf
    void end() {
        loop.assertOnLoop();
        DirectCommands byCaller = direct;
        if (byCaller != null) {
            byCaller.end();
        }
    }

    /**
     * Notes that a command was answered, after which a caller may write the next one itself.
     *
     * @param mayOpen whether the session allows that
     */
    @BottomHalf
    void answered(boolean mayOpen) {
        loop.assertOnLoop();
        DirectCommands byCaller = direct;
        if (mayOpen && byCaller == null) {
            byCaller = new DirectCommands(session, context, inbox, options);
            direct = byCaller;
        }
        if (byCaller != null) {
            byCaller.answered(mayOpen);
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;

/** The way of a command from its admission to its outcome. Each command has exactly one outcome. */
@BottomHalf
final class CommandFlow {

    private static final int MAX_ABANDONED = 8;
    private static final String QUIT = "quit";
    private static final String QUIT_REASON = "host-qmp-quit";

    private final CommandTable table;
    private final SendWindow window;
    private final SessionContext<QmpMessage> context;
    private final CommandDeadlines deadlines;
    private final EventRegistry events;
    private final ServerRecord record;
    private final Duration timeout;
    private final Logger logger;
    private final ReplyMatching matching;

    CommandFlow(
            CommandTable table,
            SendWindow window,
            SessionContext<QmpMessage> context,
            EventRegistry events,
            ServerRecord record,
            Duration timeout,
            ReplyMatching matching,
            Logger logger) {
        this.table = table;
        this.window = window;
        this.context = context;
        this.deadlines = new CommandDeadlines(context, this);
        this.events = events;
        this.record = record;
        this.timeout = timeout;
        this.matching = matching;
        this.logger = logger;
    }

    // ------------------------------------------------------------------ from the caller to the wire

    /**
     * Accepts a command that was admitted, in a session. If that throws, the command has left the table and the queue,
     * and the caller fails it.
     */
    void accept(PendingCommand<?> command) {
        context.assertOnLoop();
        try {
            enter(command);
        } catch (Throwable e) {
            QmpCommand sent = command.withId();
            if (sent != null && table.has(command)) {
                context.sender().withdraw(sent);
                leave(command);
            }
            throw e;
        }
    }

    private void enter(PendingCommand<?> command) {
        QmpCommand withId = table.enter(command);
        deadlines.watch(command, timeoutOf(command));
        matching.commandAccepted();
        if (withId.isOutOfBand() && matching.usesIds()) {
            context.sender().sendUrgent(withId);
        } else {
            context.sender().send(withId);
        }
    }

    /** Accepts a command that its caller has written. If that throws, the command has failed and left the table. */
    void acceptWritten(PendingCommand<?> command, String id) {
        context.assertOnLoop();
        try {
            table.enterWritten(command, id);
            deadlines.watch(command, timeoutOf(command));
        } catch (Throwable e) {
            try {
                if (table.has(command)) {
                    deadlines.unwatch(command);
                    table.removeButKeepId(command);
                }
            } finally {
                command.fail(CommandFailures.outcomeUnknown(command, "the session failed before its reply arrived", e));
            }
            throw e;
        }
    }

    /**
     * {@return the time from a command's issue to its outcome} A big command gets more, because QEMU reads byte by
     * byte.
     */
    private Duration timeoutOf(PendingCommand<?> command) {
        Duration own = command.command().timeout();
        return (own != null ? own : timeout).plus(command.transferTime());
    }

    void written(QmpMessage message) {
        context.assertOnLoop();
        PendingCommand<?> command = find(message);
        if (command != null) {
            table.written(command);
        }
    }

    void sent(QmpMessage message) {
        context.assertOnLoop();
        if (!(message instanceof QmpCommand written) || !written.isWithoutReply()) {
            return;
        }
        PendingCommand<?> command = find(written);
        if (command == null) {
            return;
        }
        boolean awaited = command.stage() == Stage.WRITTEN;
        try {
            deadlines.unwatch(command);
            table.removeButKeepId(command);
            matching.sentWithoutReply();
            context.sender().resumeSending();
        } finally {
            if (awaited) {
                command.answer(QmpReply.success(null, QmpJson.object()), null);
            }
        }
    }

    void unsent(QmpMessage message, Throwable cause) {
        context.assertOnLoop();
        PendingCommand<?> command = find(message);
        if (command == null) {
            return;
        }
        NotSentException failure = cause instanceof IllegalArgumentException
                ? CommandFailures.withdrawn(
                        command, NotSentException.Reason.UNSENDABLE, String.valueOf(cause.getMessage()))
                : CommandFailures.notSent(command, cause);
        leave(command); // after all that may throw, because nothing else ends a command that has left the table
        command.fail(failure);
        context.sender().resumeSending();
    }

    private void leave(PendingCommand<?> command) {
        deadlines.unwatch(command);
        table.leave(command);
    }

    private @Nullable PendingCommand<?> find(QmpMessage message) {
        return message instanceof QmpCommand command ? table.find(command.id()) : null;
    }

    // ------------------------------------------------------------------ from the wire to the caller

    /** {@return whether the reply belonged to a command of this session} */
    boolean answered(QmpReply reply) {
        context.assertOnLoop();
        PendingCommand<?> command = table.find(reply.id());
        if (command == null && table.forgetKeptId(reply.id())) {
            logger.debug("Dropped the reply to a withoutReply() command, which had completed when it was sent");
            return true;
        }
        if (command == null || command.stage() == Stage.QUEUED) {
            return false;
        }
        // the loop may read the reply before it learns that the caller has ended the future
        if (command.stage() == Stage.ABANDONED || command.isDone()) {
            leave(command);
            context.sender().resumeSending();
            record.countLateReply();
            logger.debug(
                    "Dropped a late reply to {}",
                    Text.printable(command.command().name()));
            return true;
        }
        QmpErrorInfo error = reply.error();
        RejectedException rejection = error == null
                ? null
                : new RejectedException(command.command().name(), error.errorClass(), error.description());
        leave(command);
        try {
            context.sender().resumeSending();
            command.observe(rejection); // here, because the time of callbacks for earlier events is not the command's
            HeldReplies held = events.heldReplies();
            if (held != null) {
                held.completeAfterEvents(command.issuedWithin(), () -> command.answer(reply, rejection));
                return true;
            }
        } catch (Throwable e) {
            command.answer(reply, rejection); // nothing else refers to the command any more
            throw e;
        }
        command.answer(reply, rejection);
        return true;
    }

    /**
     * Handles the machine's {@code SHUTDOWN}. If a {@code quit} in flight is its reason, the event counts as the reply,
     * which may get lost. A shutdown for another reason does not confirm the {@code quit}.
     */
    void shutdownSeen(QmpEvent shutdown) {
        context.assertOnLoop();
        JsonNode reason = shutdown.data().get("reason");
        if (reason != null && !QUIT_REASON.equals(reason.asString(""))) {
            return;
        }
        for (PendingCommand<?> command : table.all()) {
            if (command.stage() == Stage.WRITTEN && command.command().name().equals(QUIT)) {
                command.confirm();
            }
        }
    }

    // ------------------------------------------------------------------ abandoned

    /**
     * Fails the command of an interrupted caller, unless its reply has arrived. The failure states whether it was
     * written.
     */
    void interrupted(PendingCommand<?> command) {
        context.assertOnLoop();
        String detail = "the caller was interrupted";
        try {
            Stage stage = abandon(command);
            if (stage == Stage.QUEUED) {
                command.fail(CommandFailures.withdrawn(command, NotSentException.Reason.INTERRUPTED, detail));
            } else if (stage == Stage.WRITTEN) {
                command.fail(CommandFailures.interrupted(command, detail));
            }
        } catch (Throwable e) {
            failStranded(command, e);
            context.fail(e);
        }
    }

    /** Ends a command whose deadline has passed, unless it has its outcome already. */
    void expire(PendingCommand<?> command) {
        context.assertOnLoop();
        Duration after = timeoutOf(command);
        try {
            Stage stage = abandon(command);
            if (stage == Stage.QUEUED) {
                String detail = "it was still queued after " + after.toMillis() + " ms";
                command.fail(CommandFailures.withdrawn(command, NotSentException.Reason.TIMED_OUT, detail));
                if (window.isBlockedFor(command, timeout)) {
                    stalled("for " + timeout.toMillis() + " ms (commandTimeout) they kept others from the wire");
                }
            } else if (stage == Stage.WRITTEN) {
                command.fail(new CommandTimeoutException(command.command().name(), after));
            }
        } catch (Throwable e) {
            failStranded(command, e);
            throw e;
        }
    }

    /** Fails a command that an Error has kept from its outcome, unless the end of the session will fail it. */
    private void failStranded(PendingCommand<?> command, Throwable cause) {
        try {
            if (command.stage() == Stage.ABANDONED) {
                command.fail(
                        CommandFailures.outcomeUnknown(command, "the session failed before its reply arrived", cause));
            } else if (!table.has(command)) {
                command.fail(CommandFailures.notSent(command, cause));
            }
        } catch (Throwable e) { // no memory for an exception
            command.fail(cause);
        }
    }

    /** Ends the session, because the waiting commands would never be written. */
    private void stalled(String limit) {
        context.fail(new ConnectionLostException(
                "the server is stalled: " + table.counts().abandoned() + " commands are unanswered; " + limit, null));
    }

    /**
     * Ends a command whose caller no longer waits. A queued command is withdrawn; a written one is abandoned.
     *
     * @return the stage of the command before; null if it has its outcome already
     */
    @Nullable
    Stage abandon(PendingCommand<?> command) {
        context.assertOnLoop();
        QmpCommand sent = command.withId();
        Stage stage = command.stage();
        if (sent == null || !table.has(command) || stage == Stage.ABANDONED) {
            return null; // a future can be cancelled twice, or cancelled and timed out at once
        }
        deadlines.unwatch(command);
        try {
            if (stage == Stage.QUEUED) {
                context.sender().withdraw(sent);
                table.leave(command);
            } else {
                table.abandon(command);
                if (table.counts().abandoned() > MAX_ABANDONED) {
                    stalled("their callers no longer wait, and " + MAX_ABANDONED + " is the fixed limit");
                } else {
                    matching.commandAbandoned();
                }
            }
        } finally {
            context.sender().resumeSending();
        }
        return stage;
    }

    // ------------------------------------------------------------------ the end of the session

    /** Fails a command whose caller wrote it while the session ended. */
    void writtenAtEnd(PendingCommand<?> command) {
        context.assertOnLoop();
        end(command, null);
    }

    /**
     * Ends all commands. The outcome of written commands is unknown; queued commands were not sent. A command whose end
     * throws does not keep the others from theirs.
     */
    void endSession(@Nullable Throwable cause) {
        context.assertOnLoop();
        List<PendingCommand<?>> ended = List.of();
        try {
            deadlines.stop();
        } finally {
            try {
                ended = table.all();
                // all of them, before the application is notified of one and issues the next
                ended.forEach(this::leave);
            } finally {
                ended.forEach(command -> endCommand(command, cause));
                PendingCommand<?> left = table.first(); // none, unless there was no memory for the list
                for (; left != null; left = table.first()) {
                    leave(left);
                    endCommand(left, cause);
                }
            }
        }
    }

    private void endCommand(PendingCommand<?> command, @Nullable Throwable cause) {
        try {
            switch (command.stage()) {
                case QUEUED -> command.fail(CommandFailures.notSent(command, cause));
                case WRITTEN -> end(command, cause);
                case ABANDONED -> {}
            }
        } catch (Throwable e) {
            command.fail(e); // without effect if it has its outcome
        }
    }

    /**
     * Ends a written command. If the machine's event has confirmed a {@code quit}, it succeeds, although its reply was
     * lost.
     */
    private void end(PendingCommand<?> command, @Nullable Throwable cause) {
        if (command.isConfirmed()) {
            logger.debug("No reply to quit, but a SHUTDOWN event has confirmed it");
            command.answer(QmpReply.success(null, QmpJson.object()), null);
        } else {
            command.fail(CommandFailures.outcomeUnknown(command, "the session ended before its reply arrived", cause));
        }
    }
}

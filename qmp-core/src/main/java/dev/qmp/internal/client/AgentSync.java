package dev.qmp.internal.client;

import dev.qmp.QmpClientOptions;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.internal.client.AgentSyncState.DoubtfulError;
import dev.qmp.internal.client.AgentSyncState.IdsProven;
import dev.qmp.internal.client.AgentSyncState.IdsRefused;
import dev.qmp.internal.client.AgentSyncState.IdsUnproven;
import dev.qmp.internal.client.AgentSyncState.InOrder;
import dev.qmp.internal.client.AgentSyncState.RepliesWithoutId;
import dev.qmp.internal.client.AgentSyncState.Unsynchronized;
import dev.qmp.internal.client.AgentSyncState.WithIds;
import dev.qmp.internal.client.AgentSyncState.WithoutIds;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import tools.jackson.databind.JsonNode;

/**
 * Assigns the replies of a guest agent to the commands of one session.
 *
 * <p>An agent executes commands one after the other. So its reply to {@code guest-sync-delimited} proves that no reply
 * to an earlier command will follow. A synchronization is sent in these cases:
 *
 * <ul>
 * <li>after a written command was abandoned
 * <li>after an error without an id, because one incomplete command can cause several errors
 * <li>before the first command of a session without ids, or if the client is configured so
 * <li>without ids, after a command that needs no reply
 * </ul>
 *
 * <p>With ids, the next command follows the synchronization at once. Without ids it waits for the synchronization's
 * reply, because an earlier reply could be assigned to it.
 *
 * <p>{@link AgentSyncState} has the states. {@link #move} is the only writer.
 */
@BottomHalf
final class AgentSync implements ReplyMatching {

    /**
     * The error of agents before 4.0 for every command with an id, in its two wordings. They do not execute such a
     * command.
     */
    private static final Set<String> REFUSALS_OF_IDS =
            Set.of("QMP input object member 'id' is unexpected", "QMP input member 'id' is unexpected");

    private final Logger logger;
    private final CommandTable table;
    private final SendWindow window;
    private final Consumer<QmpReply> answered;
    private final SessionContext<QmpMessage> context;
    private final Synchronizations synchronizations;
    /** Whether a session with ids begins with a synchronization, too. */
    private final boolean synchronizeFirst;

    private final ServerRecord record;
    private AgentSyncState state;

    /**
     * Creates the synchronization of one session.
     *
     * @param answered receives the reply to a command when its assignment is certain
     * @param sentinelBefore writes the byte 0xFF before a message
     * @param record limits the lines about odd replies, over all sessions
     */
    AgentSync(
            QmpClientOptions options,
            CommandTable table,
            CommandIds ids,
            SendWindow window,
            Consumer<QmpReply> answered,
            SessionContext<QmpMessage> context,
            Consumer<QmpMessage> sentinelBefore,
            ServerRecord record) {
        this.logger = ConnectionLogger.of(AgentSync.class, options.protocol().name());
        this.synchronizeFirst = options.synchronizeFirst();
        this.table = table;
        this.window = window;
        this.answered = answered;
        this.context = context;
        this.record = record;
        this.state = options.commandIds() ? new IdsUnproven(new RepliesWithoutId()) : new Unsynchronized();
        this.synchronizations = new Synchronizations(table, ids, context, sentinelBefore, this::usesIds);
        window.abandonedKeepPlaces(!options.commandIds());
    }

    private void move(AgentSyncState next) {
        assert state.mayBecome(next) : state + " -> " + next;
        state = next;
    }

    // ------------------------------------------------------------------ out

    @Override
    public boolean usesIds() {
        context.assertOnLoop();
        return state instanceof WithIds;
    }

    @Override
    public boolean maySend() {
        context.assertOnLoop();
        return state instanceof WithIds
                || (state instanceof InOrder && synchronizations.areAnswered() && !window.isAwaitingReplies());
    }

    /**
     * {@return the message to write} A command that needs no reply has no id while the agent may refuse ids. Otherwise
     * the refusal would arrive when the command counts as done.
     */
    @Override
    public QmpMessage outbound(QmpMessage message) {
        context.assertOnLoop();
        if (!(message instanceof QmpCommand command) || command.id() == null || state instanceof IdsProven) {
            return message;
        }
        if (state instanceof IdsUnproven unproven) {
            if (!command.isWithoutReply()) {
                return message;
            }
            unproven.withoutId().writtenWithoutId();
        }
        return command.withId(null);
    }

    /** {@return false} Each command may need a synchronization before or after it. */
    @Override
    public boolean allowsDirectWrites() {
        context.assertOnLoop();
        return false;
    }

    /** {@return the number of unanswered synchronizations that are kept} */
    int unanswered() {
        context.assertOnLoop();
        return synchronizations.unanswered();
    }

    /** Sends the synchronization that begins a session, if it is needed. */
    @Override
    public void commandAccepted() {
        context.assertOnLoop();
        boolean isNeeded = state instanceof Unsynchronized || (synchronizeFirst && state instanceof IdsUnproven);
        if (isNeeded && synchronizations.areAnswered()) {
            synchronizations.send();
        }
    }

    /** Synchronizes if there are no ids, because an error of the command would be assigned to the next one. */
    @Override
    public void sentWithoutReply() {
        context.assertOnLoop();
        if (state instanceof WithoutIds) {
            synchronizations.send();
        }
    }

    @Override
    public void commandAbandoned() {
        context.assertOnLoop();
        synchronizations.send();
    }

    // ------------------------------------------------------------------ back

    /** Ends the session, because an event that the guest invented would count as one of the machine. */
    @Override
    public void unsolicited(String kind) {
        context.assertOnLoop();
        throw new ProtocolException(
                Violation.UNEXPECTED,
                kind + " arrived, and a guest agent sends replies only; the address may be that of a monitor");
    }

    @Override
    public @Nullable QmpReply attribute(QmpReply reply) {
        context.assertOnLoop();
        SentSync sync = synchronizations.takeAnswered(reply);
        if (sync != null) {
            synchronizedBy(sync);
            return null;
        }
        JsonNode id = reply.id();
        if (id != null) {
            return attributeById(reply, id);
        }
        QmpErrorInfo error = reply.error();
        if (error != null && isRefusalOfIds(error)) {
            idsRefused(error);
            return null;
        }
        if (!synchronizations.areAnswered()) {
            return attributeToAbandoned(reply);
        }
        return state instanceof WithIds withIds
                ? attributeDespiteIds(reply, withIds.withoutId())
                : attributeInOrder(reply);
    }

    /** {@return whether the agent refuses the id of a message} In order, such an error is about an argument "id". */
    private boolean isRefusalOfIds(QmpErrorInfo error) {
        boolean isInOrder = state instanceof InOrder && synchronizations.areAnswered();
        return !isInOrder && REFUSALS_OF_IDS.contains(error.description());
    }

    private @Nullable QmpReply attributeById(QmpReply reply, JsonNode id) {
        if (synchronizations.hasIdOfOne(id)) {
            logger.debug("Dropped a late reply to a synchronization");
            return null;
        }
        if (state instanceof IdsUnproven unproven && table.find(id) != null) {
            move(new IdsProven(unproven.withoutId()));
        }
        return reply;
    }

    /**
     * Assigns a result that arrives before the reply to a synchronization to the abandoned command. An error may be the
     * answer to the byte 0xFF, and a number may answer a synchronization that is no longer kept.
     */
    private @Nullable QmpReply attributeToAbandoned(QmpReply reply) {
        JsonNode result = reply.result();
        PendingCommand<?> only = state instanceof InOrder ? table.onlyOneOnWire() : null;
        QmpCommand sent = only == null || only.stage() != Stage.ABANDONED ? null : only.withId();
        if (sent == null || result == null || (result.isNumber() && synchronizations.areIncomplete())) {
            logger.debug("Dropped a reply without an id before the synchronization{}", text(reply.error()));
            return null;
        }
        return new QmpReply(sent.id(), result, null);
    }

    /** Assigns a reply without an id, although commands have ids. An error may belong to the only one on the wire. */
    private @Nullable QmpReply attributeDespiteIds(QmpReply reply, RepliesWithoutId withoutId) {
        QmpErrorInfo error = reply.error();
        boolean mayBeUnneeded = error == null || !window.isAwaitingReplies();
        if (mayBeUnneeded && withoutId.takeUnneeded()) {
            logger.debug(
                    "Dropped the reply to a withoutReply() command, which had completed when it was sent{}",
                    text(error));
            return null;
        }
        if (error == null) {
            return reply;
        }
        PendingCommand<?> only = table.onlyOneOnWire();
        if (only == null) {
            return ofNoCommand(reply);
        }
        String name = Text.printable(only.command().name());
        warn("an error", "checking by a synchronization whether it belongs to " + name, error);
        withoutId.doubt(new DoubtfulError(only, error));
        only.unattributed(error);
        synchronizations.send();
        return null;
    }

    /** Assigns a reply in a session without ids to the only command on the wire. */
    private QmpReply attributeInOrder(QmpReply reply) {
        PendingCommand<?> only = table.onlyOneOnWire();
        QmpCommand sent = only == null ? null : only.withId();
        if (sent == null) {
            return ofNoCommand(reply);
        }
        if (reply.error() != null) {
            synchronizations.send(); // the same incomplete command may cause more errors, which the next must not get
        }
        return new QmpReply(sent.id(), reply.result(), reply.error());
    }

    /**
     * {@return a reply that no command of this session can own} An earlier client, or an incomplete command, caused it.
     *
     * @throws ProtocolException if it is an error that may belong to each of several commands
     */
    private QmpReply ofNoCommand(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        if (error != null && window.isAwaitingReplies()) {
            throw ReplyMatching.unattributed(error);
        }
        warn(error == null ? "a reply" : "an error", "it belongs to no command", error);
        return reply;
    }

    // ------------------------------------------------------------------ moves

    /** Handles the reply to a synchronization: no reply to an earlier command will follow. */
    private void synchronizedBy(SentSync sync) {
        AgentSyncState left = state;
        DoubtfulError doubtful = null;
        if (left instanceof WithIds withIds) {
            doubtful = withIds.withoutId().takeDoubtful();
        }
        if (left instanceof IdsUnproven unproven) {
            move(new IdsProven(unproven.withoutId()));
        } else if (left instanceof IdsRefused || left instanceof Unsynchronized) {
            move(new InOrder());
        }
        for (PendingCommand<?> command : sync.before()) {
            QmpCommand sent = command.withId();
            if (sent != null && table.find(sent.id()) == command) {
                settle(command, sent, left, doubtful);
            }
        }
        if (synchronizations.areAnswered()) {
            synchronizations.stopRepeating();
            context.sender().resumeSending();
        }
    }

    /**
     * Settles a written command without a reply. Without further facts it keeps waiting, because some commands have no
     * reply after success.
     */
    private void settle(
            PendingCommand<?> command, QmpCommand sent, AgentSyncState left, @Nullable DoubtfulError doubtful) {
        if (command.stage() == Stage.ABANDONED) {
            logger.debug("No reply to {} will follow", Text.printable(sent.name()));
            table.leave(command);
        } else if (left instanceof IdsRefused) {
            table.requeue(command);
            context.sender().sendUrgent(sent);
        } else if (doubtful != null && doubtful.command() == command) {
            answered.accept(new QmpReply(sent.id(), null, doubtful.error()));
        }
    }

    /**
     * Switches to commands without ids. The agent executes no command with an id, so all written commands were not
     * executed.
     */
    private void idsRefused(QmpErrorInfo error) {
        if (state instanceof WithoutIds) {
            logger.debug("Dropped a late refusal of an id");
            return;
        }
        record.oddReplies()
                .log(
                        logger,
                        Level.INFO,
                        "The guest agent refuses ids{}; its replies are matched in order",
                        text(error));
        move(new IdsRefused());
        window.abandonedKeepPlaces(true);
        synchronizations.forget();
        synchronizations.send();
    }

    // ------------------------------------------------------------------ the log, and the end

    private void warn(String kind, String consequence, @Nullable QmpErrorInfo error) {
        record.oddReplies().log(logger, Level.WARN, "Received {} without an id; {}{}", kind, consequence, text(error));
    }

    private static String text(@Nullable QmpErrorInfo error) {
        return error == null ? "" : ": " + ReplyMatching.text(error);
    }

    @Override
    public void stop() {
        context.assertOnLoop();
        synchronizations.stop();
    }
}

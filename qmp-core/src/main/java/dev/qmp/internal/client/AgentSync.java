package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

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
 * </ul>
 *
 * <p>A byte 0xFF precedes it, because the agent's parser may hold an incomplete command.
 *
 * <p>With ids, the next command follows the synchronization at once. Without ids it waits for the synchronization's
 * reply, because an earlier reply could be assigned to it.
 */
@BottomHalf
final class AgentSync implements ReplyMatching {

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    /** The number of unanswered synchronizations that are kept. A silent agent gets one more every 30 seconds. */
    static final int MAX_UNANSWERED = 16;

    /** Ends the id of each synchronization. It identifies a late reply to a synchronization that is no longer kept. */
    private static final String ID_SUFFIX = "!";

    /** The largest number that every JSON parser reads exactly. */
    private static final long MARKS = 1L << 53;

    /**
     * The error of agents before 4.0 for every command with an id, in its two wordings. They do not execute such a
     * command.
     */
    private static final Set<String> REFUSALS_OF_IDS =
            Set.of("QMP input object member 'id' is unexpected", "QMP input member 'id' is unexpected");

    private final Logger logger;
    private final CommandTable table;
    private final CommandIds ids;
    private final SendWindow window;
    private final Consumer<QmpReply> answered;
    private final SessionContext<QmpMessage> context;
    private final Consumer<QmpMessage> sentinelBefore;
    private final ArrayDeque<SentSync> unanswered = new ArrayDeque<>();
    private final boolean synchroniseFirst;
    private boolean usesIds;
    /** Whether all replies to earlier clients of the agent have arrived. */
    private boolean settled;
    /** Whether the agent has rejected ids, and the rejected commands are not sent again yet. */
    private boolean refused;
    /** The command to which an error without an id probably belongs. */
    private @Nullable PendingCommand<?> suspect;

    private @Nullable QmpErrorInfo suspicion;
    /**
     * The number of commands that need no reply and were written without an id in a session with ids. Replies to them
     * may still arrive.
     */
    private int unawaited;

    private boolean warned;
    private Duration retry = FIRST_RETRY;
    private @Nullable Cancellable timer;

    /**
     * Creates the synchronization of one session.
     *
     * @param usesIds whether commands have ids at first
     * @param synchroniseFirst whether a session with ids begins with a synchronization, too
     * @param answered receives the reply to a command when its assignment is certain
     * @param sentinelBefore writes the byte 0xFF before a message
     */
    AgentSync(
            String connection,
            boolean usesIds,
            boolean synchroniseFirst,
            CommandTable table,
            CommandIds ids,
            SendWindow window,
            Consumer<QmpReply> answered,
            SessionContext<QmpMessage> context,
            Consumer<QmpMessage> sentinelBefore) {
        this.logger = ConnectionLogger.of(AgentSync.class, connection);
        this.usesIds = usesIds;
        this.synchroniseFirst = synchroniseFirst;
        this.table = table;
        this.ids = ids;
        this.window = window;
        this.answered = answered;
        this.context = context;
        this.sentinelBefore = sentinelBefore;
        window.abandonedKeepPlaces(!usesIds);
    }

    // ------------------------------------------------------------------ out

    @Override
    public boolean usesIds() {
        context.assertOnLoop();
        return usesIds;
    }

    @Override
    public boolean maySend() {
        context.assertOnLoop();
        return usesIds || (settled && unanswered.isEmpty() && !window.isAwaitingReplies());
    }

    /**
     * {@return the message to write} A command that needs no reply has no id while the agent may reject ids. Otherwise
     * the rejection would arrive when the command counts as done.
     */
    @Override
    public QmpMessage outbound(QmpMessage message) {
        context.assertOnLoop();
        if (!(message instanceof QmpCommand command) || command.id() == null) {
            return message;
        }
        if (usesIds && (settled || !command.isWithoutReply())) {
            return message;
        }
        unawaited += usesIds ? 1 : 0;
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
        return unanswered.size();
    }

    /** Sends the synchronization that begins a session, if it is needed. */
    @Override
    public void commandAccepted() {
        context.assertOnLoop();
        if ((synchroniseFirst || !usesIds) && !settled && unanswered.isEmpty()) {
            synchronise();
        }
    }

    /** Synchronizes if there are no ids, because an error of the command would be assigned to the next one. */
    @Override
    public void sentWithoutReply() {
        context.assertOnLoop();
        if (!usesIds) {
            synchronise();
        }
    }

    @Override
    public void commandAbandoned() {
        context.assertOnLoop();
        synchronise();
    }

    private void synchronise() {
        StringNode id = StringNode.valueOf(ids.next() + ID_SUFFIX);
        long mark = ThreadLocalRandom.current().nextLong(1, MARKS);
        QmpCommand command = QmpCommand.of(SentSync.COMMAND)
                .withArguments(QmpJson.object().put("id", mark))
                .withId(usesIds ? id : null);
        if (unanswered.size() == MAX_UNANSWERED) {
            unanswered.remove(); // the reply to a later one proves more
        }
        unanswered.add(new SentSync(id, mark, table.onWire()));
        sentinelBefore.accept(command);
        context.sender().sendUrgent(command);
        if (timer == null) {
            timer = context.schedule(retry, this::synchroniseAgain);
        }
    }

    /** Sends a synchronization again. A serial port that no program has opened in the guest drops written data. */
    private void synchroniseAgain() {
        timer = null;
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY;
        synchronise();
    }

    // ------------------------------------------------------------------ back

    @Override
    public @Nullable QmpReply attribute(QmpReply reply) {
        context.assertOnLoop();
        SentSync answered = findAnswered(reply);
        if (answered != null) {
            synchronised(answered);
            return null;
        }
        if (reply.id() != null && isOfSynchronisation(reply.id())) {
            logger.debug("dropped a late reply to a synchronisation");
            return null;
        }
        if (reply.id() != null) {
            settled |= usesIds && table.find(reply.id()) != null;
            return reply;
        }
        QmpErrorInfo error = reply.error();
        // if not, the error is about an argument named id
        boolean maybeRefused = usesIds || !settled || !unanswered.isEmpty();
        if (maybeRefused && error != null && REFUSALS_OF_IDS.contains(error.description())) {
            idsRefused(error);
            return null;
        }
        if (!unanswered.isEmpty()) {
            return attributeToAbandoned(reply);
        }
        return attributeInOrder(reply);
    }

    /**
     * Assigns a result that arrives before a synchronization to the abandoned command. An error may be the answer to
     * the byte 0xFF, and a number may answer a synchronization that is no longer kept.
     */
    private @Nullable QmpReply attributeToAbandoned(QmpReply reply) {
        JsonNode result = reply.result();
        PendingCommand<?> only = usesIds || !settled ? null : table.onlyOneOnWire();
        QmpCommand sent = only == null || only.stage() != Stage.ABANDONED ? null : only.withId();
        if (sent == null || result == null || (result.isNumber() && unanswered.size() == MAX_UNANSWERED)) {
            logger.debug("dropped a reply without an id before the synchronisation{}", text(reply.error()));
            return null;
        }
        return new QmpReply(sent.id(), result, null);
    }

    private @Nullable QmpReply attributeInOrder(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        PendingCommand<?> only = table.onlyOneOnWire();
        if (usesIds && unawaited > 0 && (error == null || !window.isAwaitingReplies())) {
            unawaited--;
            logger.debug("dropped the reply to a command that was done without one{}", text(error));
            return null;
        }
        if (usesIds && error == null) {
            return reply;
        }
        QmpCommand sent = only == null ? null : only.withId();
        if (only == null || sent == null) {
            warn("It belongs to no command", error);
            if (error != null && window.isAwaitingReplies()) {
                throw ReplyMatching.unattributed(error);
            }
            return reply; // of an earlier client
        }
        if (usesIds && error != null) {
            warn(
                    "Finding out whether it belongs to "
                            + Text.printable(only.command().name()),
                    error);
            suspect = only;
            suspicion = error;
            only.unattributed(error);
            synchronise();
            return null;
        }
        if (error != null) {
            synchronise(); // the same incomplete command may cause more errors, which the next command must not get
        }
        return new QmpReply(sent.id(), reply.result(), error);
    }

    private boolean isOfSynchronisation(JsonNode id) {
        return ids.isOwn(id) && id.stringValue().endsWith(ID_SUFFIX);
    }

    private @Nullable SentSync findAnswered(QmpReply reply) {
        for (SentSync sync : unanswered) {
            if (sync.isAnsweredBy(reply, usesIds)) {
                return sync;
            }
        }
        return null;
    }

    /** Handles the answer to a synchronization: no reply to an earlier command will follow. */
    private void synchronised(SentSync answered) {
        SentSync done = unanswered.remove();
        while (!done.id().equals(answered.id())) { // the guest dropped an earlier one
            done = unanswered.remove();
        }
        settled = true;
        for (PendingCommand<?> command : answered.before()) {
            QmpCommand sent = command.withId();
            if (sent != null && table.find(sent.id()) == command) {
                settle(command, sent);
            }
        }
        refused = false;
        suspect = null;
        suspicion = null;
        if (unanswered.isEmpty()) {
            stop();
            retry = FIRST_RETRY;
            context.sender().resumeSending();
        }
    }

    /**
     * Settles a written command without a reply. Without further facts it keeps waiting, because some commands have no
     * reply after success.
     */
    private void settle(PendingCommand<?> command, QmpCommand sent) {
        if (command.stage() == Stage.ABANDONED) {
            logger.debug("no reply to {} will come any more", Text.printable(sent.name()));
            table.leave(command);
        } else if (refused) {
            table.requeue(command);
            context.sender().sendUrgent(sent);
        } else if (command == suspect) {
            answered.accept(new QmpReply(sent.id(), null, suspicion));
        }
    }

    /**
     * Switches to commands without ids. The agent executes no command with an id, so all written commands were not
     * executed.
     */
    private void idsRefused(QmpErrorInfo error) {
        if (!usesIds) {
            logger.debug("dropped a late refusal of an id");
            return;
        }
        logger.info("the guest agent refuses ids{}; its replies are matched in order", text(error));
        usesIds = false;
        refused = true;
        settled = false;
        window.abandonedKeepPlaces(true);
        unanswered.clear();
        synchronise();
    }

    private void warn(String consequence, @Nullable QmpErrorInfo error) {
        if (warned) {
            logger.debug("a reply without an id{}. {}", text(error), consequence);
        } else {
            warned = true;
            logger.warn("a reply without an id{}. {}", text(error), consequence);
        }
    }

    private static String text(@Nullable QmpErrorInfo error) {
        return error == null ? "" : ": " + ReplyMatching.text(error);
    }

    @Override
    public void stop() {
        context.assertOnLoop();
        Cancellable current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}

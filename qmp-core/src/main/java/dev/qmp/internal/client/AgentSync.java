package dev.qmp.internal.client;

import dev.qmp.error.Text;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * Keeps the replies of a guest agent in step with the commands, in one session.
 *
 * <p>An agent executes commands one after the other. So its reply to {@code guest-sync-delimited} proves that it has
 * dealt with all commands written before: what it has not answered by then, it never will. A synchronisation is sent
 * when a command was given up after it was written, after an error without an id, because half a command makes several,
 * and before the first command of a session, if that has no ids or the client asks for it. A byte 0xFF goes before it,
 * because half a command may stand in the agent's parser.
 *
 * <p>With ids the next command follows the synchronisation at once. Without ids it waits for the reply to it, because
 * an earlier reply could be taken for its own.
 */
@BottomHalf
final class AgentSync {

    private static final Logger LOGGER = LoggerFactory.getLogger(AgentSync.class);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    /** How many synchronisations without a reply are kept. A silent agent gets one more in every half minute. */
    static final int MAX_ATTEMPTS = 16;

    /** Ends the id of each synchronisation, so that a late reply to one that is kept no longer can be told. */
    private static final String ID_SUFFIX = "!";

    private static final String SYNCHRONISE = "guest-sync-delimited";

    /** The largest number that every JSON parser reads exactly. */
    private static final long MARKS = 1L << 53;

    /**
     * The answer of agents before 4.0 to every command that has an id, in its two wordings. They execute none of these.
     */
    private static final Set<String> REFUSALS_OF_IDS =
            Set.of("QMP input object member 'id' is unexpected", "QMP input member 'id' is unexpected");

    /** One synchronisation that has no reply yet. */
    private record Attempt(StringNode id, long mark, List<PendingCommand<?>> before) {}

    private final String connection;
    private final CommandTable table;
    private final Consumer<QmpReply> answered;
    private final SessionContext<QmpMessage> session;
    private final Consumer<QmpMessage> sentinelBefore;
    private final ArrayDeque<Attempt> attempts = new ArrayDeque<>();
    private final boolean synchroniseFirst;
    private boolean ids;
    /** Whether replies to earlier clients of the agent are all behind us. */
    private boolean settled;
    /** Whether the agent has refused ids, and the commands it refused are still to be sent without. */
    private boolean refused;
    /** The command that an error without an id seems to belong to. */
    private @Nullable PendingCommand<?> suspect;

    private @Nullable QmpErrorInfo suspicion;
    /**
     * Commands that need no reply, were written without an id in a session with ids, and may be answered all the same.
     */
    private int unawaited;

    private boolean warned;
    private Duration retry = FIRST_RETRY;
    private @Nullable Cancellable timer;

    /**
     * Creates the order of one session.
     *
     * @param ids whether commands have ids to begin with
     * @param synchroniseFirst whether a session with ids begins with a synchronisation, too
     * @param answered takes the reply to a command, once it is certain which one it belongs to
     * @param sentinelBefore has the byte 0xFF written before a message
     */
    AgentSync(
            String connection,
            boolean ids,
            boolean synchroniseFirst,
            CommandTable table,
            Consumer<QmpReply> answered,
            SessionContext<QmpMessage> session,
            Consumer<QmpMessage> sentinelBefore) {
        this.connection = Text.printable(connection);
        this.ids = ids;
        this.synchroniseFirst = synchroniseFirst;
        this.table = table;
        this.answered = answered;
        this.session = session;
        this.sentinelBefore = sentinelBefore;
        table.orphansKeepTheirPlaces(!ids);
    }

    // ------------------------------------------------------------------ out

    /** {@return whether commands have ids} */
    boolean usesIds() {
        return ids;
    }

    /** {@return whether the order of replies allows to write a command now} */
    boolean maySend() {
        return ids || (settled && attempts.isEmpty() && table.isWireFree());
    }

    /**
     * {@return the message as it is written} A command that needs no reply has no id while the agent may refuse ids,
     * because the refusal would come when the command counts as done.
     */
    QmpMessage outbound(QmpMessage message) {
        if (!(message instanceof QmpCommand command) || command.id() == null) {
            return message;
        }
        if (ids && (settled || !command.isWithoutReply())) {
            return message;
        }
        unawaited += ids ? 1 : 0;
        return command.withId(null);
    }

    /** {@return how many synchronisations without a reply are kept} */
    int unanswered() {
        return attempts.size();
    }

    /** A command is about to be queued. */
    void commandAccepted() {
        if ((synchroniseFirst || !ids) && !settled && attempts.isEmpty()) {
            synchronise();
        }
    }

    /**
     * A command that needs no reply is sent. Without ids, its error would be taken for the reply to the next command.
     */
    void sentWithoutReply() {
        if (!ids) {
            synchronise();
        }
    }

    /** A written command has been given up. */
    void givenUp() {
        synchronise();
    }

    private void synchronise() {
        StringNode id = StringNode.valueOf(table.nextId() + ID_SUFFIX);
        long mark = ThreadLocalRandom.current().nextLong(1, MARKS);
        QmpCommand command = QmpCommand.of(SYNCHRONISE)
                .withArguments(QmpJson.object().put("id", mark))
                .withId(ids ? id : null);
        if (attempts.size() == MAX_ATTEMPTS) {
            attempts.remove(); // the reply to any later one proves more
        }
        attempts.add(new Attempt(id, mark, table.onWire()));
        sentinelBefore.accept(command);
        session.sendUrgent(command);
        if (timer == null) {
            timer = session.schedule(retry, this::synchroniseAgain);
        }
    }

    /** A serial port that nobody has opened in the guest swallows what is written to it. */
    private void synchroniseAgain() {
        timer = null;
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY;
        synchronise();
    }

    // ------------------------------------------------------------------ back

    /**
     * {@return the reply, with the id of the command that it belongs to; null if there is no more to do with it} A
     * reply that still has no id then belongs to no command.
     */
    @Nullable
    QmpReply attribute(QmpReply reply) {
        Attempt answered = answeredAttempt(reply);
        if (answered != null) {
            synchronised(answered);
            return null;
        }
        if (reply.id() != null && isOfSynchronisation(reply.id())) {
            LOGGER.debug("'{}': dropped a late reply to a synchronisation", connection);
            return null;
        }
        if (reply.id() != null) {
            settled |= ids && table.find(reply.id()) != null;
            return reply;
        }
        QmpErrorInfo error = reply.error();
        boolean maybeRefused = ids || !settled || !attempts.isEmpty(); // else the error is about an argument named id
        if (maybeRefused && error != null && REFUSALS_OF_IDS.contains(error.description())) {
            idsRefused(error);
            return null;
        }
        if (!attempts.isEmpty()) {
            LOGGER.debug("'{}': dropped a reply without an id before the synchronisation{}", connection, text(error));
            return null;
        }
        return attributeInOrder(reply);
    }

    private @Nullable QmpReply attributeInOrder(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        PendingCommand<?> only = table.onlyOneOnWire();
        if (ids && unawaited > 0 && (error == null || table.isWireFree())) {
            unawaited--;
            LOGGER.debug("'{}': dropped the reply to a command that was done without one{}", connection, text(error));
            return null;
        }
        if (ids && error == null) {
            return reply;
        }
        QmpCommand sent = only == null ? null : only.sent();
        if (only == null || sent == null) {
            warn("It belongs to no command", error);
            return reply;
        }
        if (ids && error != null) {
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
            synchronise(); // more errors of the same half command may come, and the next command is not to get them
        }
        return new QmpReply(sent.id(), reply.result(), error);
    }

    private boolean isOfSynchronisation(JsonNode id) {
        return table.isOwnId(id) && id.stringValue().endsWith(ID_SUFFIX);
    }

    private @Nullable Attempt answeredAttempt(QmpReply reply) {
        for (Attempt attempt : attempts) {
            if (attempt.id.equals(reply.id()) || (reply.id() == null && isAnswer(attempt, reply))) {
                return attempt;
            }
        }
        return null;
    }

    /** An agent may be configured not to execute it. Its refusal names the command, and comes in the same order. */
    private boolean isAnswer(Attempt attempt, QmpReply reply) {
        JsonNode result = reply.result();
        QmpErrorInfo error = reply.error();
        return result != null
                ? result.isIntegralNumber() && result.canConvertToLong() && result.longValue() == attempt.mark
                : !ids && error != null && error.description().contains(SYNCHRONISE);
    }

    /** The agent has dealt with all that was written before. */
    private void synchronised(Attempt answered) {
        Attempt done = attempts.remove();
        while (!done.id.equals(answered.id)) { // an earlier one was swallowed
            done = attempts.remove();
        }
        settled = true;
        for (PendingCommand<?> command : answered.before) {
            QmpCommand sent = command.sent();
            if (sent != null && table.find(sent.id()) == command) {
                settle(command, sent);
            }
        }
        refused = false;
        suspect = null;
        suspicion = null;
        if (attempts.isEmpty()) {
            stop();
            retry = FIRST_RETRY;
            session.resumeSending();
        }
    }

    /** A written command that nothing is known of keeps waiting: some commands are not answered when they succeed. */
    private void settle(PendingCommand<?> command, QmpCommand sent) {
        if (command.stage() == Stage.ORPHANED) {
            LOGGER.debug("'{}': no reply to {} will come any more", connection, Text.printable(sent.name()));
            table.leave(command);
        } else if (refused) {
            table.requeue(command);
            session.sendUrgent(sent);
        } else if (command == suspect) {
            answered.accept(new QmpReply(sent.id(), null, suspicion));
        }
    }

    /** The agent executes no command that has an id, so that none of those written so far was executed. */
    private void idsRefused(QmpErrorInfo error) {
        if (!ids) {
            LOGGER.debug("'{}': dropped a late refusal of an id", connection);
            return;
        }
        LOGGER.info("'{}': the guest agent refuses ids{}; its replies are matched in order", connection, text(error));
        ids = false;
        refused = true;
        settled = false;
        table.orphansKeepTheirPlaces(true);
        attempts.clear();
        synchronise();
    }

    private void warn(String consequence, @Nullable QmpErrorInfo error) {
        if (warned) {
            LOGGER.debug("'{}': a reply without an id{}. {}", connection, text(error), consequence);
        } else {
            warned = true;
            LOGGER.warn("'{}': a reply without an id{}. {}", connection, text(error), consequence);
        }
    }

    private static String text(@Nullable QmpErrorInfo error) {
        return error == null ? "" : ": " + UnattributedErrors.text(error);
    }

    /** Ends with the session. */
    void stop() {
        Cancellable current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}

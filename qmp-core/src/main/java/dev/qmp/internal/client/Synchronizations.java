package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * The synchronizations of one session with its guest agent: {@code guest-sync-delimited}, repeated until the agent
 * answers. A byte 0xFF precedes each, because the agent's parser may hold an incomplete command.
 */
@BottomHalf
final class Synchronizations {

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    /** The number of unanswered synchronizations that are kept. A silent agent gets one more every 30 seconds. */
    static final int MAX_UNANSWERED = 16;

    /** Ends the id of each synchronization. It identifies a late reply to a synchronization that is no longer kept. */
    private static final String ID_SUFFIX = "!";

    /** Marks are below this number, up to which every JSON parser reads integers exactly. */
    private static final long MARK_BOUND = 1L << 53;

    private final CommandTable table;
    private final CommandIds ids;
    private final SessionContext<QmpMessage> context;
    private final Consumer<QmpMessage> sentinelBefore;
    private final BooleanSupplier usesIds;
    private final ArrayDeque<SentSync> unanswered = new ArrayDeque<>();
    private Duration retry = FIRST_RETRY;
    private @Nullable Cancellable timer;

    /**
     * Creates the synchronizations of one session.
     *
     * @param sentinelBefore writes the byte 0xFF before a message
     * @param usesIds whether a synchronization has an id
     */
    Synchronizations(
            CommandTable table,
            CommandIds ids,
            SessionContext<QmpMessage> context,
            Consumer<QmpMessage> sentinelBefore,
            BooleanSupplier usesIds) {
        this.table = table;
        this.ids = ids;
        this.context = context;
        this.sentinelBefore = sentinelBefore;
        this.usesIds = usesIds;
    }

    /** {@return the number of unanswered synchronizations that are kept} */
    int unanswered() {
        context.assertOnLoop();
        return unanswered.size();
    }

    /** {@return whether none is sent, or the last one is answered} */
    boolean areAnswered() {
        context.assertOnLoop();
        return unanswered.isEmpty();
    }

    /** {@return whether a number may answer a synchronization that is no longer kept} */
    boolean areIncomplete() {
        context.assertOnLoop();
        return unanswered.size() == MAX_UNANSWERED;
    }

    /** Sends one. If none was under way, it is repeated until the agent answers. */
    void send() {
        context.assertOnLoop();
        StringNode id = StringNode.valueOf(ids.next() + ID_SUFFIX);
        long mark = ThreadLocalRandom.current().nextLong(1, MARK_BOUND);
        QmpCommand command = QmpCommand.of(SentSync.COMMAND)
                .withArguments(QmpJson.object().put("id", mark))
                .withId(usesIds.getAsBoolean() ? id : null);
        if (unanswered.size() == MAX_UNANSWERED) {
            unanswered.remove(); // the reply to a later one proves more
        }
        unanswered.add(new SentSync(id, mark, table.onWire()));
        sentinelBefore.accept(command);
        context.sender().sendUrgent(command);
        if (timer == null) {
            timer = context.schedule(retry, this::sendAgain);
        }
    }

    /** Sends one more. A serial port that no program has opened in the guest drops written data. */
    private void sendAgain() {
        timer = null;
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY;
        send();
    }

    /** {@return whether a reply with this id belongs to a synchronization, which may be no longer kept} */
    boolean hasIdOfOne(JsonNode id) {
        context.assertOnLoop();
        return ids.isOwn(id) && id.stringValue().endsWith(ID_SUFFIX);
    }

    /** {@return the synchronization that a reply answers; null if there is none} The earlier ones are over, too. */
    @Nullable
    SentSync takeAnswered(QmpReply reply) {
        context.assertOnLoop();
        boolean withIds = usesIds.getAsBoolean();
        for (SentSync sync : unanswered) {
            if (sync.isAnsweredBy(reply, withIds)) {
                forgetUpTo(sync);
                return sync;
            }
        }
        return null;
    }

    private void forgetUpTo(SentSync sync) {
        SentSync next;
        do {
            next = unanswered.remove(); // the guest has dropped an earlier one
        } while (!next.id().equals(sync.id()));
    }

    /** Forgets all that have no reply, because the agent has refused their ids. */
    void forget() {
        context.assertOnLoop();
        unanswered.clear();
    }

    /** Ends the repetition. The next one begins with the shortest delay. */
    void stopRepeating() {
        context.assertOnLoop();
        stop();
        retry = FIRST_RETRY;
    }

    /** Cancels the timer. */
    void stop() {
        context.assertOnLoop();
        Cancellable current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}

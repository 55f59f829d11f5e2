package dev.qmp.internal.client;

import dev.qmp.QmpClientOptions;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** The {@link LivenessProbe} as it is put to QEMU: by which question, when it can be answered, and what silence means. */
@BottomHalf
final class ServerLiveness {

    /** Answered out of band, whatever the machine is busy with. */
    private static final QmpCommand QUESTION = QmpCommand.of("query-yank").outOfBand();

    /** With more commands in band on the wire QEMU never reads the question. */
    private static final int WINDOW_OF_QEMU = 8;

    private final Duration patience;
    private final boolean mayAsk;
    private final CommandTable table;
    private final CommandFlow.Lanes lanes;
    private final Logger logger;
    private final LivenessProbe probe;

    ServerLiveness(
            QmpClientOptions options, Scheduler scheduler, CommandTable table, CommandFlow.Lanes lanes, Logger logger) {
        this.patience = options.livenessTimeout();
        this.mayAsk = options.maxInFlight() <= WINDOW_OF_QEMU && !patience.isZero();
        this.table = table;
        this.lanes = lanes;
        this.logger = logger;
        this.probe = new LivenessProbe(
                patience, scheduler, table::isAwaitingReplies, this::mayBeUnread, this::ask, this::declareDead);
    }

    /**
     * {@return whether the question may not have been read yet} Nor is it while QEMU has eight commands in its queue: so
     * it is when they are all ours, and the main loop is busy with somebody else's.
     */
    private boolean mayBeUnread() {
        return table.isBeingRead() || table.inBandOnWire() >= WINDOW_OF_QEMU;
    }

    /**
     * A reply is awaited from now on.
     *
     * @param outOfBand whether the session has out-of-band execution
     */
    void watch(boolean outOfBand) {
        if (mayAsk && outOfBand) {
            probe.watch();
        }
    }

    /** Something came from the server, or went into it. */
    void heard() {
        probe.heard();
    }

    /** {@return whether this is the id of the answer to the question} */
    boolean isAnswer(@Nullable JsonNode id) {
        return probe.isAnswer(id);
    }

    void stop() {
        probe.stop();
    }

    private StringNode ask() {
        logger.debug("No message for {} ms; probing the server out of band", patience.toMillis());
        StringNode id = StringNode.valueOf(table.nextId());
        lanes.sendUrgent(QUESTION.withId(id));
        return id;
    }

    private void declareDead() {
        lanes.fail(new ConnectionLostException(
                "the server is dead: it did not answer the out-of-band probe within " + patience.toMillis() + " ms",
                null));
    }
}

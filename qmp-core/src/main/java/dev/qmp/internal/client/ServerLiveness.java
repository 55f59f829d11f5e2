package dev.qmp.internal.client;

import dev.qmp.QmpClientOptions;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * Distinguishes a busy server from a dead one. While a reply is due, received bytes are the server's only sign of life.
 * Silence without a due reply proves nothing. After one timeout of silence the client probes the server out of band,
 * because QEMU answers that even when its main loop is blocked. After another timeout of silence the session ends.
 *
 * <p>The second timeout begins when the server has had the time to read the data written before the probe, because QEMU
 * reads byte by byte. Data that is written later does not postpone the end. While a command with a file descriptor
 * closes the wire, no probe can be sent. Then silence during both timeouts ends the session, although the server may
 * only be busy.
 */
@BottomHalf
final class ServerLiveness {

    /** The probe. QEMU answers it out of band, even while a command in band executes. */
    private static final QmpCommand PROBE = QmpCommand.of("query-yank").outOfBand();

    /** With so many commands in its queue QEMU stops reading, and does not receive the probe. */
    private static final int QUEUE_OF_QEMU = 8;

    /** A probe that is sent later than this had to wait for the socket. */
    private static final long AT_ONCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The step of the check during the present silence. */
    private enum Step {
        /** Bytes arrived less than a timeout ago, or no reply was due. */
        ALIVE,
        /** The probe is queued, because the socket takes no data. The write timeout limits that. */
        PROBE_QUEUED,
        /** The probe is sent. */
        PROBED,
        /** No probe can be sent before the reply to a command with a file descriptor. */
        WIRE_CLOSED
    }

    private final long timeoutNanos;
    private final LongSupplier clock;
    private final SendWindow window;
    private final CommandIds ids;
    private final SessionContext<QmpMessage> context;
    private final Logger logger;
    private @Nullable Cancellable timer;
    private @Nullable StringNode probeId;
    private Step step = Step.ALIVE;
    private long probedAt;
    private long silentSince;
    private long deadAt;

    /**
     * Creates the check of one session.
     *
     * @param timeout how long the server may be silent before the probe, and again after it; zero for no check
     * @param clock counts nanoseconds
     */
    ServerLiveness(
            Duration timeout,
            LongSupplier clock,
            SendWindow window,
            CommandIds ids,
            SessionContext<QmpMessage> context,
            Logger logger) {
        this.timeoutNanos = timeout.toNanos();
        this.clock = clock;
        this.window = window;
        this.ids = ids;
        this.context = context;
        this.logger = logger;
    }

    /** {@return the timeout of a client; zero if its window is wider than QEMU's queue} */
    static Duration timeout(QmpClientOptions options) {
        return options.maxInFlight() > QUEUE_OF_QEMU ? Duration.ZERO : options.livenessTimeout();
    }

    /** Starts the check, because a reply is due. One timer serves all commands, and stops when no reply is due. */
    void watch() {
        context.assertOnLoop();
        if (timer == null && timeoutNanos > 0) {
            step = Step.ALIVE;
            silentSince = clock.getAsLong();
            arm(timeoutNanos);
        }
    }

    /** Notes that bytes of the server arrived. */
    void arrived() {
        context.assertOnLoop();
        silentSince = clock.getAsLong();
        if (step != Step.ALIVE) {
            step = Step.ALIVE;
            arm(timeoutNanos);
        }
    }

    /** Notes that the system has taken a message. */
    void sent(QmpMessage message) {
        context.assertOnLoop();
        if (step == Step.PROBE_QUEUED
                && message instanceof QmpCommand command
                && Objects.equals(command.id(), probeId)) {
            long now = clock.getAsLong();
            boolean waited = now - probedAt > AT_ONCE_NANOS; // then the socket is full of earlier data
            judgeLater(Step.PROBED, waited ? now + window.transferTime() : window.readBy());
        }
    }

    /** Notes the answer to a probe. */
    void answered(@Nullable JsonNode id) {
        context.assertOnLoop();
        if (Objects.equals(id, probeId)) {
            probeId = null;
        }
    }

    /** {@return whether the last probe has no answer yet} */
    boolean isProbing() {
        context.assertOnLoop();
        return probeId != null;
    }

    /** Stops the check: the session has ended, or no probe can be sent any more. */
    void stop() {
        context.assertOnLoop();
        cancelTimer();
        step = Step.ALIVE;
        probeId = null;
    }

    private void checkSilence() {
        timer = null;
        if (!window.isAwaitingReplies()) {
            step = Step.ALIVE;
            return;
        }
        long now = clock.getAsLong();
        switch (step) {
            case ALIVE -> {
                long owedSince = window.owedSince(); // silence before that proves nothing
                long since = owedSince - silentSince > 0 ? owedSince : silentSince;
                long left = since + timeoutNanos - now;
                if (left > 0) {
                    arm(left);
                } else {
                    suspect(now);
                }
            }
            case PROBE_QUEUED -> arm(timeoutNanos);
            case PROBED, WIRE_CLOSED -> {
                if (deadAt - now > 0) {
                    arm(deadAt - now);
                } else {
                    declareDead(now);
                }
            }
        }
    }

    private void suspect(long now) {
        if (window.isClosed()) {
            judgeLater(Step.WIRE_CLOSED, window.readBy());
        } else if (window.inBand() >= QUEUE_OF_QEMU) {
            silentSince = now; // the server may be busy with a command of another client
            arm(timeoutNanos);
        } else {
            logger.debug(
                    "Nothing received for {} ms; probing the server out of band",
                    TimeUnit.NANOSECONDS.toMillis(timeoutNanos));
            step = Step.PROBE_QUEUED;
            probedAt = now;
            StringNode id = StringNode.valueOf(ids.nextOfProbe());
            probeId = id;
            arm(timeoutNanos);
            context.sender().sendUrgent(PROBE.withId(id));
        }
    }

    private void judgeLater(Step next, long readBy) {
        step = next;
        long now = clock.getAsLong();
        deadAt = (readBy - now > 0 ? readBy : now) + timeoutNanos;
        arm(deadAt - now);
    }

    private void declareDead(long now) {
        String why = step == Step.WIRE_CLOSED
                ? "no probe can be sent before the reply to a command with a file descriptor"
                : "it did not answer the out-of-band probe within " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos)
                        + " ms";
        context.fail(new ConnectionLostException(
                "the server is dead: nothing received for " + TimeUnit.NANOSECONDS.toMillis(now - silentSince)
                        + " ms, and " + why + " (livenessTimeout)",
                null));
    }

    private void arm(long nanos) {
        cancelTimer();
        timer = context.schedule(Duration.ofNanos(nanos), this::checkSilence);
    }

    private void cancelTimer() {
        Cancellable current = timer;
        timer = null;
        if (current != null) {
            current.cancel();
        }
    }
}

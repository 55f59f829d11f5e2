package dev.qmp.internal.client;

import dev.qmp.ReconnectPolicy;
import dev.qmp.protocol.BottomHalf;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The delays of a client that connects by itself: from {@code start()}, or from the success of a caller's own attempt,
 * until its attempts end. They last over sessions, because a session in which the peer sent nothing continues a series.
 */
@BottomHalf
final class RetryDelays {

    private final ReconnectPolicy policy;
    /** Null before the first delay of a series. */
    private ReconnectPolicy.@Nullable Schedule series;
    /** Whether the last session ended because the peer violated the protocol. */
    private boolean afterViolation;

    RetryDelays(ReconnectPolicy policy) {
        this.policy = policy;
    }

    /** {@return the delay before the next attempt} It comes from application code, which may throw. */
    Duration nextDelay() {
        ReconnectPolicy.Schedule delays = series != null ? series : policy.newSchedule();
        series = delays;
        return Objects.requireNonNull(delays.nextDelay(), "no delay");
    }

    /** Begins a new series with the next delay. */
    void beginSeries() {
        series = null;
    }

    /**
     * Begins a new series after a session in which the peer has sent anything. If this session and the one before it
     * ended by a violation of the protocol, however long they lasted, the series continues. So a hostile peer does not
     * get a session after each short delay.
     */
    void sessionEnded(boolean byViolation) {
        if (!byViolation || !afterViolation) {
            beginSeries();
        }
        afterViolation = byViolation;
    }
}

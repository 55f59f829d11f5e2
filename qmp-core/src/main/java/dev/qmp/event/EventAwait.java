package dev.qmp.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What {@link dev.qmp.QmpClient#executeAndAwait(dev.qmp.message.QmpCommand, EventAwait)} waits for after a command: the
 * event that completes it, the events that mean failure, and the time limit of the event. Immutable.
 *
 * <pre>{@code
 * EventAwait.completedBy(EventFilter.named("DEVICE_DELETED").with("device", "net0"), Duration.ofMinutes(1))
 *         .failedBy(EventFilter.named("DEVICE_UNPLUG_GUEST_ERROR").with("device", "net0"));
 * }</pre>
 *
 * <p>Two kinds of completing event count as a failure in any case, unless {@link #acceptingErrors()} was called:
 *
 * <ul>
 *   <li>an event whose data has a member {@code error}, as {@code BLOCK_JOB_COMPLETED} and {@code DUMP_COMPLETED} have after
 *       a failure;
 *   <li>a {@code JOB_STATUS_CHANGE} of a job that was {@code aborting} before. QEMU ends every job with {@code concluded},
 *       a failed one as well.
 * </ul>
 *
 * <p>Only events that are received after the command was written count, because an earlier event cannot be its effect.
 * Filters must name the job or device, since another job's event completes the wait otherwise. To observe progress,
 * subscribe to {@link dev.qmp.QmpClient#events()} before the command is executed.
 */
public final class EventAwait {

    private final EventFilter completion;
    private final List<EventFilter> failures;
    private final Duration limit;
    private final boolean acceptsErrors;

    private EventAwait(EventFilter completion, List<EventFilter> failures, Duration limit, boolean acceptsErrors) {
        this.completion = completion;
        this.failures = failures;
        this.limit = limit;
        this.acceptsErrors = acceptsErrors;
    }

    /**
     * {@return a wait for one event}
     *
     * @param completion the event that completes the command
     * @param limit how long to wait for the event once the reply has arrived; positive, and any length is allowed. The
     *     reply has the command's own timeout
     * @throws IllegalArgumentException if the limit is not positive
     */
    public static EventAwait completedBy(EventFilter completion, Duration limit) {
        Objects.requireNonNull(completion, "completion");
        Objects.requireNonNull(limit, "limit");
        if (limit.isZero() || limit.isNegative()) {
            throw new IllegalArgumentException("limit must be positive, not " + limit);
        }
        return new EventAwait(completion, List.of(), limit, false);
    }

    /**
     * {@return this wait, which also ends, as a failure, at an event that one of these filters matches}
     *
     * <p>An event that both completes and fails the wait is a failure.
     */
    public EventAwait failedBy(EventFilter... filters) {
        Objects.requireNonNull(filters, "filters");
        List<EventFilter> more = new ArrayList<>(failures);
        Arrays.asList(filters).forEach(filter -> more.add(Objects.requireNonNull(filter, "filters")));
        return new EventAwait(completion, List.copyOf(more), limit, acceptsErrors);
    }

    /**
     * {@return this wait, completed by the completing event even if it reports an error}
     *
     * <p>The caller reads the outcome from the event, or asks the machine ({@code query-jobs}).
     */
    public EventAwait acceptingErrors() {
        return new EventAwait(completion, failures, limit, true);
    }

    /** {@return the filter of the completing event} */
    public EventFilter completion() {
        return completion;
    }

    /** {@return the filters of the events that mean failure; empty if there are none} */
    public List<EventFilter> failures() {
        return failures;
    }

    /** {@return how long the event may take after the reply} */
    public Duration limit() {
        return limit;
    }

    /** {@return whether a completing event that reports an error completes the wait} */
    public boolean acceptsErrors() {
        return acceptsErrors;
    }

    /** Names the filters and the limit, never the values of the filters. */
    @Override
    public String toString() {
        return "EventAwait[" + completion + (failures.isEmpty() ? "" : ", failed by " + failures) + ", within " + limit
                + "]";
    }
}

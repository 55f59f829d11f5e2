package dev.qmp.event;

import dev.qmp.error.Checks;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.TypedCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A command that only starts something, the event that completes it, and one time limit for both. {@link
 * dev.qmp.QmpClient#start} and {@link dev.qmp.BlockingQmpClient#run} execute it. Immutable.
 *
 * <pre>{@code
 * EventMatch unplugged = EventFilter.of(DeviceDeleted.class).with("device", "net0");
 * Task<QmpEvent> unplug = client.start(Operation.of(DeviceDel.command("net0"), unplugged, Duration.ofMinutes(1)));
 * }</pre>
 *
 * <p>The client listens before it sends the command. Only events that are received after the command was written count,
 * because an earlier event cannot be its effect. Reply and event may arrive in either order; both are awaited.
 *
 * <p>These events count as a failure without being listed:
 *
 * <ul>
 *   <li>a completing event whose data has a member {@code error}, as {@code BLOCK_JOB_COMPLETED} and {@code
 *       DUMP_COMPLETED} have after a failure;
 *   <li>a completing {@code JOB_STATUS_CHANGE} of a job that was {@code aborting} before. QEMU ends every job with
 *       {@code concluded}, a failed one as well;
 *   <li>{@code BLOCK_JOB_CANCELLED} with the data that the completing {@code BLOCK_JOB_COMPLETED} would have;
 *   <li>{@code DEVICE_UNPLUG_GUEST_ERROR} and {@code MEM_UNPLUG_ERROR} with the data that the completing {@code
 *       DEVICE_DELETED} would have.
 * </ul>
 *
 * <p>A completing event must differ from those of other jobs and devices: match its data, not only its name.
 *
 * <table>
 * <caption>Outcomes, each an exception of its own</caption>
 * <tr><th>outcome</th><th>exception</th></tr>
 * <tr><td>certainly not sent</td><td>{@link dev.qmp.error.NotSentException}</td></tr>
 * <tr><td>rejected by the machine</td><td>{@link dev.qmp.error.RejectedException}</td></tr>
 * <tr><td>unknown: no reply</td><td>{@link dev.qmp.error.OutcomeUnknownException}</td></tr>
 * <tr><td>executed, and failed by an event</td><td>{@link FailedByEventException}, with the event</td></tr>
 * <tr><td>executed, event not seen</td><td>{@link EventNotSeenException}, with the reason</td></tr>
 * </table>
 */
public final class Operation {

    private static final Map<String, Set<String>> FAILURES = Map.of(
            "BLOCK_JOB_COMPLETED",
            Set.of("BLOCK_JOB_CANCELLED"),
            "DEVICE_DELETED",
            Set.of("DEVICE_UNPLUG_GUEST_ERROR", "MEM_UNPLUG_ERROR"));

    private final QmpCommand command;
    private final EventMatch completion;
    private final Duration limit;
    private final List<EventMatch> failures;
    private final List<EventMatch> progress;
    private final @Nullable QmpCommand cancellation;

    private Operation(
            QmpCommand command,
            EventMatch completion,
            Duration limit,
            List<EventMatch> failures,
            List<EventMatch> progress,
            @Nullable QmpCommand cancellation) {
        this.command = command;
        this.completion = completion;
        this.limit = limit;
        this.failures = failures;
        this.progress = progress;
        this.cancellation = cancellation;
    }

    /**
     * {@return an operation}
     *
     * @param command the command that starts the operation. A deadline of its own ({@link QmpCommand#withTimeout})
     *     limits the reply further
     * @param completion the event that completes the operation; it names its events
     * @param limit how long reply and event may take together, from the call on; positive, and any length is allowed
     * @throws IllegalArgumentException if {@code completion} matches events of any name, or the limit is not positive
     */
    public static Operation of(QmpCommand command, EventMatch completion, Duration limit) {
        Objects.requireNonNull(command, "command");
        requireNames(completion, "completion");
        Duration checked = Checks.positive("limit", limit);
        Set<String> unlisted = new HashSet<>();
        completion.names().forEach(name -> unlisted.addAll(FAILURES.getOrDefault(name, Set.of())));
        List<EventMatch> failures = unlisted.isEmpty() ? List.of() : List.of(completion.renamed(unlisted));
        return new Operation(command, completion, checked, failures, List.of(), null);
    }

    /** {@return an operation of a typed command; see {@link #of(QmpCommand, EventMatch, Duration)}} */
    public static Operation of(TypedCommand<?> command, EventMatch completion, Duration limit) {
        Objects.requireNonNull(command, "command");
        requireNames(completion, "completion");
        Objects.requireNonNull(limit, "limit");
        return of(command.toCommand(), completion, limit);
    }

    /**
     * {@return this operation, which also fails if one of these events arrives}
     *
     * <p>An event that both completes and fails the operation counts as a failure.
     *
     * @throws IllegalArgumentException if one of the filters matches events of any name
     */
    public Operation failedBy(EventMatch... events) {
        return new Operation(command, completion, limit, plus(failures, events), progress, cancellation);
    }

    /**
     * {@return this operation, whose task reports progress with each of these events}
     *
     * <p>The members {@code offset} and {@code len} of the event are the progress in bytes, if the event has them. Its
     * member {@code status}, or else the event's name, is the phase.
     *
     * @throws IllegalArgumentException if one of the filters matches events of any name
     */
    public Operation progressBy(EventMatch... events) {
        return new Operation(command, completion, limit, failures, plus(progress, events), cancellation);
    }

    /**
     * {@return this operation, whose task is cancelled by a command}
     *
     * <p>{@link dev.qmp.task.Task#cancel()} executes the command, and the wait goes on until an event reports the
     * outcome. So list the event that ends a cancelled operation.
     *
     * <p>Without such a command {@code cancel()} withdraws the operation's command if it is not written yet. Otherwise
     * it ends only the wait.
     */
    public Operation cancelledBy(QmpCommand command) {
        Objects.requireNonNull(command, "command");
        return new Operation(this.command, completion, limit, failures, progress, command);
    }

    private static List<EventMatch> plus(List<EventMatch> matches, EventMatch... more) {
        Objects.requireNonNull(more, "events");
        List<EventMatch> longer = new ArrayList<>(matches);
        Arrays.asList(more).forEach(event -> longer.add(requireNames(event, "events")));
        return List.copyOf(longer);
    }

    private static EventMatch requireNames(EventMatch match, String name) {
        Objects.requireNonNull(match, name);
        if (match.names().isEmpty()) {
            throw new IllegalArgumentException(name + " must name its events, because any event would match");
        }
        return match;
    }

    /** {@return the command that starts the operation} */
    public QmpCommand command() {
        return command;
    }

    /** {@return the filter for the completing event} */
    public EventMatch completion() {
        return completion;
    }

    /** {@return the time limit for reply and event together} */
    public Duration limit() {
        return limit;
    }

    /** {@return the filters for events that mean failure, those that are not listed by the application included} */
    public List<EventMatch> failures() {
        return failures;
    }

    /** {@return the filters for events that report progress} */
    public List<EventMatch> progress() {
        return progress;
    }

    /** {@return the command that cancels the operation; null if there is none} */
    public @Nullable QmpCommand cancellation() {
        return cancellation;
    }

    /** Names the command, the events and the limit, never arguments or values. */
    @Override
    public String toString() {
        return "Operation[" + Text.printable(command.name()) + ", completed by " + completion
                + (failures.isEmpty() ? "" : ", failed by " + failures) + ", within " + limit + "]";
    }
}

package dev.qmp.power;

import dev.qmp.qapi.type.RunState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link GuestStatusWatch} knows of a guest. The watch handles replies on the client's callback executor, so
 * {@code latency} and {@code unansweredFor} include the time that a reply waits for this executor.
 *
 * @param status the status in the last reply of this session; null if there is no session, or no reply yet. A query
 *     that fails does not change it
 * @param since when the watch noticed this status, or that it is unknown
 * @param latency the time from the last query with a status until its reply was handled; null if there was none in this
 *     session
 * @param unansweredFor the time since the first query without a reply: how long the machine has been silent. Null if
 *     no reply is outstanding. A query whose deadline has passed is still outstanding, and so is a reply that waits for
 *     the callback executor
 * @param failure why the last query of this session failed; null if it succeeded, or if no query has ended
 */
public record GuestStatus(
        @Nullable RunState status,
        Instant since,
        @Nullable Duration latency,
        @Nullable Duration unansweredFor,
        @Nullable Throwable failure) {

    /** Refuses a missing time. */
    public GuestStatus {
        Objects.requireNonNull(since, "since");
    }
}

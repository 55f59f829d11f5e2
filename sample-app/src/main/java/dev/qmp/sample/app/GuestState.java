package dev.qmp.sample.app;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The last known status of a guest.
 *
 * @param status the guest status, null if it is unknown
 * @param latencyMillis the time to the last reply
 * @param notAnsweringSince since when the machine has not replied; null if it replies, or if the query is recent
 */
public record GuestState(@Nullable String status, @Nullable Double latencyMillis, @Nullable Instant notAnsweringSince) {

    static final GuestState UNKNOWN = new GuestState(null, null, null);
}

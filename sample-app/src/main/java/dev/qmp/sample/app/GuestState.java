package dev.qmp.sample.app;

import dev.qmp.power.GuestStatus;
import dev.qmp.qapi.type.RunState;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The last known status of a guest, as this application shows it.
 *
 * @param status the guest status, null if it is unknown
 * @param latencyMillis the time to the last reply; if a reply is outstanding, at least the time since its query
 * @param notAnsweringSince since when the machine has not replied; null if it replies, or if the query is recent
 */
public record GuestState(@Nullable String status, @Nullable Double latencyMillis, @Nullable Instant notAnsweringSince) {

    static final GuestState UNKNOWN = new GuestState(null, null, null);

    /** A machine that takes longer is shown as frozen. A busy one may take longer now and then. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    static GuestState of(GuestStatus guest) {
        Duration silent = guest.unansweredFor();
        return new GuestState(
                text(guest.status()),
                millis(longer(guest.latency(), silent)),
                silent == null || silent.compareTo(PATIENCE) < 0
                        ? null
                        : Instant.now().minus(silent));
    }

    /** {@return the name of a guest status, escaped and cut; null if it is unknown} */
    static @Nullable String text(@Nullable RunState status) {
        return status == null ? null : status.toString();
    }

    private static @Nullable Duration longer(@Nullable Duration latency, @Nullable Duration silent) {
        return latency == null || (silent != null && silent.compareTo(latency) > 0) ? silent : latency;
    }

    private static @Nullable Double millis(@Nullable Duration time) {
        return time == null ? null : time.toNanos() / 1e6;
    }
}

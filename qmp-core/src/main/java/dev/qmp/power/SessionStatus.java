package dev.qmp.power;

import dev.qmp.qapi.type.RunState;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a watch knows of the guest in one session, and its queries. Immutable: a change makes a new object, and so does
 * the end of the session, which keeps nothing.
 *
 * @param status the last known status
 * @param since when it was noticed
 * @param latency the time to the last reply with a status
 * @param failure why the last query failed
 * @param last the query that began last
 * @param underWay whether that query has no outcome yet
 * @param again whether another query follows it
 * @param owed the first query since which no reply has arrived
 * @param repeated the query that is sent again when the present pause is over; null if there is no pause
 */
record SessionStatus(
        @Nullable RunState status,
        Instant since,
        @Nullable Duration latency,
        @Nullable Throwable failure,
        @Nullable StatusQuery last,
        boolean underWay,
        boolean again,
        @Nullable StatusQuery owed,
        @Nullable StatusQuery repeated) {

    /**
     * Statuses that QEMU may leave without an event. It leaves {@code save-vm} and {@code restore-vm} with {@code
     * RESUME}, and {@code restore-vm} lasts after a failure.
     */
    private static final Set<RunState> PASSING = Set.of(RunState.FINISH_MIGRATE, RunState.INMIGRATE);

    /** {@return a session in which nothing is known} */
    static SessionStatus unknown(Instant since) {
        return new SessionStatus(null, since, null, null, null, false, false, null, null);
    }

    /** {@return what is known after the end of this session} */
    SessionStatus ended() {
        return unknown(status == null ? since : Instant.now());
    }

    /** {@return this session after the start of a query} If one is under way, another one has to follow it. */
    SessionStatus begun(StatusQuery query) {
        return underWay
                ? new SessionStatus(status, since, latency, failure, last, true, true, owed, repeated)
                : new SessionStatus(
                        status, since, latency, failure, query, true, false, owed == null ? query : owed, repeated);
    }

    /** {@return this session after the reply to the query under way} A status that lasts needs no repetition. */
    SessionStatus answered(RunState answer, StatusQuery query) {
        Instant noticed = answer.equals(status) ? since : Instant.now();
        StatusQuery toRepeat = isRepeatedAfter(answer) ? query : PASSING.contains(answer) ? repeated : null;
        return new SessionStatus(answer, noticed, query.age(), null, query, false, false, null, toRepeat);
    }

    /** {@return this session after the failure of the query under way} */
    SessionStatus failed(Throwable reason, StatusQuery query) {
        StatusQuery stillOwed = StatusQuery.endsSilence(reason) ? null : owed;
        StatusQuery toRepeat = isRepeatedAfter(reason) ? query : repeated;
        return new SessionStatus(status, since, latency, reason, query, false, false, stillOwed, toRepeat);
    }

    /** {@return whether a pause begins when the query under way has failed} No second pause begins while one lasts. */
    boolean isRepeatedAfter(Throwable reason) {
        return mayPause() && !StatusQuery.isFutile(reason);
    }

    /** {@return whether a pause begins after this reply to the query under way} */
    boolean isRepeatedAfter(RunState answer) {
        return mayPause() && PASSING.contains(answer);
    }

    private boolean mayPause() {
        return repeated == null && !again;
    }

    /** {@return this session after the pause of a query} */
    SessionStatus paused() {
        return new SessionStatus(status, since, latency, failure, last, underWay, again, owed, null);
    }

    /** {@return whether the last query has shown that the machine or the client always refuses it} */
    boolean isFutile() {
        return failure != null && StatusQuery.isFutile(failure);
    }

    /** {@return whether no query is under way and the last one began longer ago} */
    boolean isOlderThan(Duration age) {
        return !underWay && (last == null || last.age().compareTo(age) > 0);
    }

    GuestStatus toGuestStatus() {
        return new GuestStatus(status, since, latency, owed == null ? null : owed.age(), failure);
    }
}

package dev.qmp.sample.console.api;

import dev.qmp.CommandInFlight;
import dev.qmp.QmpClientStatus;
import dev.qmp.SessionEnd;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.sample.app.GuestState;
import dev.qmp.sample.machine.Machine;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A connection as it is now. All of it comes from memory: no request waits for a machine.
 *
 * @param name the connection's name
 * @param address where its machine is
 * @param runstate the connection's runstate
 * @param since when it came to that
 * @param qemuVersion what the machine said it is, in this session or the last; null before the first
 * @param outOfBand whether commands can be executed out of band
 * @param queued commands accepted and not yet written
 * @param pending commands written that await their reply
 * @param downSince since when there is no session, null while there is one
 * @param nextAttempt when the next attempt to connect begins; null if none is scheduled, or one is under way
 * @param reconnecting whether the connection is made again by itself
 * @param lastEnd why and when the last session ended; null while there is one, and before the first end
 * @param listeningOn where the connection waits for its machine, null if it does not listen
 * @param reconnectAttempts failed attempts in a row
 * @param reconnects sessions made again after a loss
 * @param eventsReceived events that came so far
 * @param eventsLost events that listeners lost so far
 * @param lastError why there is no session, null if there is one
 * @param guestStatus what the guest is doing, null if it is not known
 * @param latencyMillis how long the machine took to answer
 * @param notAnsweringSince since when the machine has not answered, though the session goes on; null if it answers
 * @param oldestCommand the command in flight that was issued first, null if there is none
 * @param oldestCommandMillis how long ago that was
 * @param machineRunning whether the machine is on, if it is one of this application's own
 * @param machineProblem why that machine went off by itself, null if it did not
 */
public record ConnectionView(
        String name,
        String address,
        Runstate runstate,
        Instant since,
        @Nullable String qemuVersion,
        boolean outOfBand,
        int queued,
        int pending,
        @Nullable Instant downSince,
        @Nullable Instant nextAttempt,
        boolean reconnecting,
        @Nullable End lastEnd,
        @Nullable String listeningOn,
        int reconnectAttempts,
        long reconnects,
        long eventsReceived,
        long eventsLost,
        @Nullable String lastError,
        @Nullable String guestStatus,
        @Nullable Double latencyMillis,
        @Nullable Instant notAnsweringSince,
        @Nullable String oldestCommand,
        @Nullable Long oldestCommandMillis,
        @Nullable Boolean machineRunning,
        @Nullable String machineProblem) {

    static ConnectionView of(
            String name, Endpoint endpoint, QmpClientStatus status, GuestState guest, @Nullable Machine machine) {
        QmpGreeting greeting = status.greeting();
        Throwable lastError = status.lastError();
        Endpoint listeningOn = status.listeningOn();
        CommandInFlight oldest =
                status.commands().isEmpty() ? null : status.commands().get(0);
        return new ConnectionView(
                name,
                endpoint.toString(),
                status.runstate(),
                status.since(),
                greeting == null ? null : greeting.version().toString(),
                status.outOfBand(),
                status.queued(),
                status.pending(),
                status.downSince(),
                status.nextAttempt(),
                status.reconnecting(),
                End.of(status.lastEnd()),
                listeningOn == null ? null : listeningOn.toString(),
                status.reconnectAttempts(),
                status.reconnects(),
                status.eventsReceived(),
                status.eventsLost(),
                lastError == null ? null : lastError.getMessage(),
                guest.status(),
                guest.latencyMillis(),
                guest.notAnsweringSince(),
                oldest == null ? null : oldest.name(),
                oldest == null ? null : oldest.age().toMillis(),
                machine == null ? null : machine.isRunning(),
                machine == null ? null : machine.problem());
    }

    /**
     * Why and when a session ended.
     *
     * @param kind which side ended it, and how
     * @param at when
     * @param reason the machine's word for it, such as {@code guest-shutdown}; null if it sent none
     */
    public record End(SessionEnd.Kind kind, Instant at, @Nullable String reason) {

        static @Nullable End of(@Nullable SessionEnd end) {
            return end == null ? null : new End(end.kind(), end.at(), end.shutdownReason());
        }
    }
}

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
 * The state of a connection, from memory. No request waits for a machine.
 *
 * @param name the connection's name
 * @param address the machine's address
 * @param runstate the connection's runstate
 * @param since when the runstate was entered
 * @param qemuVersion the version in the greeting of this session, or of the last; null before the first
 * @param outOfBand whether commands can be executed out of band
 * @param queued commands accepted and not yet written
 * @param pending commands written that await their reply
 * @param downSince since when there is no session, null while there is one
 * @param nextAttempt when the next attempt to connect begins; null if none is scheduled, or one is under way
 * @param reconnecting whether the client connects again by itself
 * @param lastEnd why and when the last session ended; null while there is one, and before the first end
 * @param listeningOn the endpoint on which the client waits for its machine, null if it does not listen
 * @param reconnectAttempts failed attempts in a row
 * @param reconnects sessions established again after a loss
 * @param eventsReceived the number of events received
 * @param eventsLost the number of events that listeners lost
 * @param lastError why there is no session, null if there is one
 * @param guestStatus the guest status, null if it is unknown
 * @param latencyMillis the time to the last reply of {@code query-status}
 * @param notAnsweringSince since when the machine has not replied during the session; null if it replies
 * @param oldestCommand the oldest command in flight, null if there is none
 * @param oldestCommandMillis the age of that command
 * @param machineRunning whether the machine is on, if this application runs it
 * @param machineProblem why that machine ended by itself, null if it did not
 * @param owner the instance that holds the machine, null without a fleet
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
        @Nullable String machineProblem,
        @Nullable Owner owner) {

    static ConnectionView of(
            String name,
            Endpoint endpoint,
            QmpClientStatus status,
            GuestState guest,
            @Nullable Machine machine,
            @Nullable Owner owner) {
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
                machine == null ? null : machine.problem(),
                owner);
    }

    /**
     * The instance of a fleet that holds a machine.
     *
     * @param host its host and process, null if no instance holds the machine
     * @param here whether it is this instance
     * @param runstate the runstate of its connection
     */
    public record Owner(@Nullable String host, boolean here, Runstate runstate) {}

    /**
     * The end of a session.
     *
     * @param kind which side ended it, and how
     * @param at when
     * @param reason the machine's reason, such as {@code guest-shutdown}; null if it sent none
     */
    public record End(SessionEnd.Kind kind, Instant at, @Nullable String reason) {

        static @Nullable End of(@Nullable SessionEnd end) {
            return end == null ? null : new End(end.kind(), end.at(), end.shutdownReason());
        }
    }
}

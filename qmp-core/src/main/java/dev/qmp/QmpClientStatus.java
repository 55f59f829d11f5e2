package dev.qmp;

import dev.qmp.message.InternalApi;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a connection, from memory, without a command to the machine. Not a snapshot: the fields are read one by
 * one and may straddle a change of the runstate. A later version may add components, so its constructor is no API.
 *
 * @param runstate the runstate
 * @param since when the runstate was entered; the client's creation if it never changed
 * @param greeting the server's greeting in this session, or in the last one; null before the first
 * @param machine the identity of the machine, or of the last one; null before the first session, and if the client does
 *     not query it
 * @param outOfBand whether out-of-band execution is enabled in this session
 * @param queued the number of commands that are accepted and not yet written
 * @param pending the number of written commands whose callers wait for the reply
 * @param abandoned the number of written commands whose callers no longer wait. Each holds its place on the wire until
 *     its reply arrives
 * @param reconnectAttempts the number of failed attempts since the last session was lost, or since the start
 * @param reconnects the number of sessions that replaced a lost one
 * @param eventsReceived the number of events received over all sessions
 * @param eventsLost the number of lost events, summed over all listeners
 * @param strayReplies the number of replies with an unknown id, or without one, that belonged to no command of their
 *     session, and were dropped; those during a handshake are included, late replies are not
 * @param lastError why the last session or attempt ended; null if the end was requested, or if there is a session
 * @param reconnecting whether the client connects by itself, now or after the next loss. False before {@link
 *     QmpClient#start()} or a successful {@link QmpClient#connect()}, and after {@link QmpClient#disconnect()}. Also
 *     false with a policy that never tries again, and after a failure that another attempt would only repeat
 * @param commands the commands in flight, the oldest first, {@value #MAX_COMMANDS} at most. The counts {@code queued},
 *     {@code pending} and {@code abandoned} include the others
 * @param lastEnd why and when the last session ended; null before the first end, and while there is a session. A later
 *     failed attempt changes it only if it proves a crash: see {@link SessionEnd.Kind#CRASHED}
 * @param downSince since when there is no session: the end of the last one, or the client's creation; null while there
 *     is one
 * @param nextAttempt when the next attempt begins; null if no attempt is scheduled, or one is in progress
 * @param listeningOn the endpoint on which the client listens for its peer now, with the real port instead of port 0;
 *     null unless the mode is {@link ConnectMode#LISTEN} and no peer is connected. When the client listens again, it
 *     keeps a port that the system chose
 * @param commandPolicy which commands the client sends
 * @param commandsRefused the number of commands that the policy refused since the client's creation
 * @param reconnectState what the client does about its next session
 * @param lateReplies the number of replies, over all sessions, that arrived after their commands had been cancelled or
 *     had timed out, and were dropped. If it grows, deadlines are shorter than the machine's time for the commands.
 *     Late errors of a guest agent without ids are not counted, because other errors look like them
 */
public record QmpClientStatus(
        Runstate runstate,
        Instant since,
        @Nullable QmpGreeting greeting,
        @Nullable MachineIdentity machine,
        boolean outOfBand,
        int queued,
        int pending,
        int abandoned,
        int reconnectAttempts,
        long reconnects,
        long eventsReceived,
        long eventsLost,
        long strayReplies,
        @Nullable Throwable lastError,
        boolean reconnecting,
        List<CommandInFlight> commands,
        @Nullable SessionEnd lastEnd,
        @Nullable Instant downSince,
        @Nullable Instant nextAttempt,
        @Nullable Endpoint listeningOn,
        CommandPolicy commandPolicy,
        long commandsRefused,
        ReconnectState reconnectState,
        long lateReplies) {

    /** The maximum length of {@link #commands()}. */
    public static final int MAX_COMMANDS = 100;

    /** Copies the list of commands. */
    @InternalApi
    public QmpClientStatus {
        Objects.requireNonNull(commandPolicy, "commandPolicy");
        Objects.requireNonNull(runstate, "runstate");
        Objects.requireNonNull(reconnectState, "reconnectState");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(commands, "commands");
        commands = List.copyOf(commands);
    }
}

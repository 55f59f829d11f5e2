package dev.qmp;

import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a connection, from memory, without asking the machine. Not a snapshot: the values are read one by one,
 * and may straddle a change of the runstate.
 *
 * @param runstate the runstate
 * @param since when it came to that; the client's making, if it never changed
 * @param greeting what the server said of itself in this session, or the last one; null before the first
 * @param machine which machine it is, or was last; null before the first, and if the client does not ask
 * @param outOfBand whether out-of-band execution is enabled in this session
 * @param queued commands accepted and not yet written
 * @param pending commands written that await their reply
 * @param orphaned commands written whose callers have given up; each holds its place on the wire until its reply comes
 * @param reconnectAttempts attempts at a session that have failed since the last one was lost, or since the start
 * @param reconnects sessions made again after a loss
 * @param eventsReceived events that came over all sessions
 * @param eventsLost events that listeners lost, added up over all listeners
 * @param strayReplies replies that belonged to no command of their session, and were dropped
 * @param lastError why the last session or attempt ended; null if that was asked for, or there is a session
 * @param reconnecting whether the client makes a session again by itself, now or when this one is lost; false before
 *     {@link QmpClient#start()} or a {@link QmpClient#connect()} that succeeded, after {@link QmpClient#disconnect()},
 *     without a policy to try again, and after a failure that another attempt would only repeat
 * @param commands the commands in flight, the oldest first, {@value #MAX_COMMANDS} at most; the counts {@code queued},
 *     {@code pending} and {@code orphaned} include the others
 * @param lastEnd why and when the last session ended; null before the first end, and while there is a session. Attempts
 *     that fail later do not change it, except that one can prove a crash: see {@link SessionEnd.Kind#CRASHED}
 * @param downSince since when there is no session: the end of the last one, or the client's creation; null while there
 *     is one
 * @param nextAttempt when the next attempt begins; null if none is scheduled, or one is under way
 * @param listeningOn where the client listens for its peer now, with the real port instead of port 0; null unless the
 *     mode is {@link ConnectMode#LISTEN} and no peer is there. A port that the system chose stays the client's when it
 *     listens again
 * @param commandPolicy which commands the client sends
 * @param commandsRefused commands that the policy refused since the client was made
 */
public record QmpClientStatus(
        Runstate runstate,
        Instant since,
        @Nullable QmpGreeting greeting,
        @Nullable MachineIdentity machine,
        boolean outOfBand,
        int queued,
        int pending,
        int orphaned,
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
        long commandsRefused) {

    /** The length of {@link #commands()} at most. */
    public static final int MAX_COMMANDS = 100;

    /** Copies the list of commands. */
    public QmpClientStatus {
        Objects.requireNonNull(commandPolicy, "commandPolicy");
        Objects.requireNonNull(runstate, "runstate");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(commands, "commands");
        commands = List.copyOf(commands);
    }
}

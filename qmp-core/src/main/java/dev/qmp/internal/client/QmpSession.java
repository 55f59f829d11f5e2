package dev.qmp.internal.client;

import static java.util.Objects.requireNonNull;

import dev.qmp.QmpClientOptions;
import dev.qmp.SessionEnd;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.internal.engine.Loop;
import dev.qmp.internal.engine.SessionContext;
import dev.qmp.internal.engine.SessionHandler;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.UpperHalf;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One session of a client, from the open transport to {@code IDLE}: the handshake, the commands in flight, the liveness
 * check, and the machine's announcement of its end. The whole object is discarded with the session, so no field is
 * reset for the next one.
 */
final class QmpSession implements SessionHandler<QmpMessage> {

    private final ClientLifeCycle lifeCycle;
    private final Loop loop;
    private final SessionContext<QmpMessage> context;
    private final EventRegistry events;
    private final CommandIds ids = new CommandIds();
    private final SendWindow window = new SendWindow(System::nanoTime);
    private final CommandTable table;
    private final ReplyMatching matching;
    private final CommandFlow flow;
    private final CommandIntake intake;
    private final StrayReplies strayReplies;
    /** Null when the handshake is over. */
    private @Nullable SessionHandshake handshake;

    private volatile boolean outOfBand;
    private final ServerLiveness liveness;
    /** Null unless the application has enabled it. */
    private final @Nullable WireLog wire;

    private final ShutdownNotice shutdown = new ShutdownNotice();
    /** Null before its first use. */
    private @Nullable MachineSchema schema;

    /** Null before the first command with a future, because most connections of a fleet are idle. */
    private volatile @Nullable Completions completions;

    private boolean received;
    /** Written on the event loop only. */
    private volatile State state = State.ESTABLISHING;

    /** The state of this session, which follows the client's runstate. */
    private enum State {
        ESTABLISHING,
        RUNNING,
        DISCONNECTING,
        ENDED
    }

    QmpSession(
            ClientLifeCycle lifeCycle,
            QmpClientOptions options,
            SessionContext<QmpMessage> context,
            Loop loop,
            EventRegistry events,
            Logger logger) {
        ServerRecord record = lifeCycle.record();
        this.lifeCycle = lifeCycle;
        this.loop = loop;
        this.context = context;
        this.events = events;
        Duration timeout = options.commandTimeout();
        this.table = new CommandTable(new CommandCounts(options.queueCapacity()), ids, window);
        this.liveness =
                new ServerLiveness(ServerLiveness.timeout(options), System::nanoTime, window, ids, context, logger);
        this.matching = options.isGuestAgent()
                ? new AgentSync(
                        options,
                        table,
                        ids,
                        window,
                        this::commandAnswered,
                        context,
                        lifeCycle::writeSentinelBefore,
                        record)
                : new MonitorReplies(table, liveness, logger, record);
        this.flow = new CommandFlow(table, window, context, events, record, timeout, matching, logger);
        this.strayReplies = new StrayReplies(record, logger);
        this.handshake = new SessionHandshake(options, lifeCycle.endpoint(), record, this, context);
        this.intake = new CommandIntake(this, context, loop, flow, options);
        this.wire = options.wireLog() ? new WireLog(options.protocol().name(), ids) : null;
    }

    // ------------------------------------------------------------------ any thread

    /** {@return the commands in flight, and their numbers} */
    CommandTable table() {
        return table;
    }

    /** {@return the ids of the session's commands and probes} */
    CommandIds ids() {
        return ids;
    }

    /** Applies the result of the negotiation: out-of-band execution, and the number of commands in band on the wire. */
    @BottomHalf
    void negotiated(boolean withOutOfBand, int maxInBand) {
        loop.assertOnLoop();
        outOfBand = withOutOfBand;
        window.size(maxInBand);
    }

    /** {@return whether out-of-band execution is enabled, in a session that has not ended} */
    boolean isOutOfBand() {
        return outOfBand;
    }

    /** {@return the schema of the session's machine} */
    synchronized MachineSchema schema() {
        MachineSchema present = schema == null ? new MachineSchema() : schema;
        schema = present;
        return present;
    }

    /** {@return the executor of completions: batches until {@code DISCONNECTING}, then a task for each} */
    Completions completions() {
        Completions present = completions;
        return present != null ? present : createCompletions();
    }

    private synchronized Completions createCompletions() {
        Completions present =
                completions == null ? new Completions(lifeCycle.engine().callbacks(), loop) : completions;
        completions = present;
        return present;
    }

    /** {@return the failure of a command that reaches the loop when the session is not {@code RUNNING}} */
    NotSentException notConnected(QmpCommand command) {
        return CommandFailures.notConnected(command, lifeCycle.noSession());
    }

    /** {@return the entry for the commands of this session} */
    CommandIntake intake() {
        return intake;
    }

    /** Abandons a command after its caller has completed or cancelled the future. */
    @UpperHalf
    void endedByCaller(PendingCommand<?> command) {
        loop.onLoop(() -> {
            intake.takeInDirect();
            flow.abandon(command);
        });
    }

    /** Abandons the command of an interrupted caller, and then runs a task on the event loop. */
    @UpperHalf
    void interrupted(PendingCommand<?> command, Runnable then) {
        loop.onLoop(() -> {
            intake.takeInDirect();
            flow.interrupted(command);
            then.run();
        });
    }

    // ------------------------------------------------------------------ life cycle

    @Override
    public CompletionStage<?> establish() {
        loop.assertOnLoop();
        return requireNonNull(handshake, "the handshake is over").establish();
    }

    /** {@return whether a message of the peer has arrived} */
    boolean hasReceived() {
        return received;
    }

    /** {@return the machine's announcement of its end} */
    ShutdownNotice shutdown() {
        return shutdown;
    }

    /**
     * {@return whether the session takes commands; from any thread} It does from just before the runstate is {@code
     * RUNNING} until just after it. The loop refuses the commands that come too late.
     */
    boolean isRunning() {
        return state == State.RUNNING;
    }

    boolean hasEnded() {
        return state == State.ENDED;
    }

    @Override
    public void established() {
        loop.assertOnLoop();
        state = State.RUNNING;
    }

    /** Dispatches the events that arrived between the negotiation and {@code RUNNING}. */
    @BottomHalf
    void dispatchEarlyEvents() {
        loop.assertOnLoop();
        SessionHandshake done = handshake;
        handshake = null;
        if (done != null) {
            done.earlyEvents().forEach(this::onEvent);
        }
    }

    /** Called when the runstate is {@code DISCONNECTING}, whose deadline replaces the liveness check. */
    @BottomHalf
    void disconnecting() {
        loop.assertOnLoop();
        state = State.DISCONNECTING;
        context.sender().closeDirectLane();
        intake.takeInDirect();
        liveness.stop();
        completions().end(); // created if there are none: a caller may still be about to use them
    }

    /** Called when the runstate is {@code IDLE}. Each command gets its outcome. */
    @BottomHalf
    void end(@Nullable Throwable cause) {
        loop.assertOnLoop();
        try {
            intake.end();
        } finally {
            state = State.ENDED;
            outOfBand = false;
            flow.endSession(cause); // first, because the others may throw
            liveness.stop();
            matching.stop();
            handshake = null; // the client keeps an ended session until the next one
            synchronized (this) {
                schema = null;
            }
        }
    }

    // ------------------------------------------------------------------ outbound

    @Override
    public boolean maySend(QmpMessage next) {
        loop.assertOnLoop();
        return matching.maySend() && next instanceof QmpCommand command && window.hasRoom(command);
    }

    @Override
    public boolean maySendUrgent(QmpMessage next) {
        loop.assertOnLoop();
        return !window.isClosed();
    }

    @Override
    public QmpMessage outbound(QmpMessage message) {
        loop.assertOnLoop();
        flow.written(message);
        watchServer();
        QmpMessage written = matching.outbound(message);
        if (wire != null) {
            wire.sent(written);
        }
        return written;
    }

    @Override
    public void sent(QmpMessage message) {
        loop.assertOnLoop();
        flow.sent(message);
        liveness.sent(message);
    }

    @Override
    public void unsent(QmpMessage message, Throwable cause) {
        loop.assertOnLoop();
        flow.unsent(message, cause);
    }

    @Override
    public void takeInDirect() {
        loop.assertOnLoop();
        intake.takeInDirect();
    }

    /** Takes in a command that its caller has written. */
    @BottomHalf
    void writtenByCaller(PendingCommand<?> command, String id) {
        loop.assertOnLoop();
        if (state == State.ENDED) {
            flow.writtenAtEnd(command);
            return;
        }
        flow.acceptWritten(command, id);
        watchServer();
    }

    /** Has the server's silence checked, because a reply is due. */
    private void watchServer() {
        if (outOfBand && state == State.RUNNING) {
            liveness.watch();
        }
    }

    @Override
    public boolean isQuiet() {
        loop.assertOnLoop();
        return table.isQuiet();
    }

    // ------------------------------------------------------------------ inbound

    @Override
    public void arrived(int count) {
        loop.assertOnLoop();
        intake.takeInDirect();
        liveness.arrived();
        if (handshake != null) {
            handshake.arrived(count);
        }
    }

    @Override
    public QmpMessage inbound(QmpMessage message) {
        loop.assertOnLoop();
        received = true;
        if (wire != null) {
            wire.received(message);
        }
        return message;
    }

    @Override
    public void message(QmpMessage message) {
        loop.assertOnLoop();
        if (message instanceof QmpReply reply) {
            onReply(reply);
        } else if (message instanceof QmpEvent event) {
            onEvent(event);
        } else {
            matching.unsolicited("a greeting");
            throw new ProtocolException(Violation.UNEXPECTED, "a greeting arrived during a session");
        }
    }

    private void onReply(QmpReply received) {
        QmpReply reply = matching.attribute(received);
        if (reply == null) {
            return;
        }
        if (flow.answered(reply)) {
            intake.answered(matching.allowsDirectWrites() && wire == null && state == State.RUNNING);
        } else if (ids.isOfProbe(reply.id())) {
            liveness.answered(reply.id());
        } else {
            strayReplies.drop();
        }
    }

    private void commandAnswered(QmpReply reply) {
        flow.answered(reply);
    }

    private void onEvent(QmpEvent event) {
        matching.unsolicited("an event");
        shutdown.see(event);
        if (event.name().equals(ShutdownNotice.SHUTDOWN)) {
            flow.shutdownSeen(event);
        }
        events.dispatch(event);
    }

    @Override
    public SessionEnd outcome(RunstateChange left, @Nullable Throwable cause) {
        loop.assertOnLoop();
        return shutdown.endOf(left, cause);
    }

    @Override
    public ConnectionLostException endOfStream() {
        loop.assertOnLoop();
        return shutdown.endOfStream();
    }
}

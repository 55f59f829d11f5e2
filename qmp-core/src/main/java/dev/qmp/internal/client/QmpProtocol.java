package dev.qmp.internal.client;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import dev.qmp.protocol.StateException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * QMP as an {@link AsyncProtocol}: establishes sessions ({@link SessionOpening}), passes commands and replies on to the
 * {@link CommandFlow} and events to the {@link EventRegistry}.
 */
final class QmpProtocol extends AsyncProtocol<QmpMessage> {

    private static final Logger LOGGER = LoggerFactory.getLogger(QmpProtocol.class);

    private final QmpClientOptions options;
    private final JsonMessageCodec codec;
    private final EventRegistry events;
    private final Consumer<RunstateChange> onChange;
    private final CommandTable table;
    private final CommandFlow commands;
    private final WireLog wire;
    private final StrayReplies strays;
    private final SessionOpening opening;
    private final ServerLiveness liveness;
    private final EngineLanes lanes = new EngineLanes();
    private final ShutdownNotice shutdown = new ShutdownNotice();
    private final Downtime downtime;
    private final Supplier<StateException> noSession;
    private volatile @Nullable Throwable lastError;
    private boolean hadSession;
    private boolean heard;
    /** Of this session, if the server is a guest agent. */
    private @Nullable AgentSync agent;

    /**
     * Creates the protocol of one client.
     *
     * @param onChange receives every change of the runstate, on the event loop
     * @param noSession explains, on any thread, why there is no session
     */
    QmpProtocol(
            Endpoint endpoint,
            QmpClientOptions options,
            EventRegistry events,
            Consumer<RunstateChange> onChange,
            Supplier<StateException> noSession) {
        this(endpoint, options, events, onChange, noSession, JsonMessageCodec.forClient(options.awaitGreeting()));
    }

    private QmpProtocol(
            Endpoint endpoint,
            QmpClientOptions options,
            EventRegistry events,
            Consumer<RunstateChange> onChange,
            Supplier<StateException> noSession,
            JsonMessageCodec codec) {
        super(options.protocol(), codec);
        this.options = options;
        this.codec = codec;
        this.events = events;
        this.onChange = onChange;
        this.noSession = noSession;
        Logger logger = ConnectionLogger.of(QmpClient.class, name());
        this.table = new CommandTable(options.queueCapacity());
        this.wire = new WireLog(name(), options.wireLog(), table::isOwnId);
        this.commands = new CommandFlow(table, this::schedule, events, options.commandTimeout(), lanes, logger);
        this.strays = new StrayReplies(logger);
        SessionHandshake handshake = new SessionHandshake(this::receive, this::send, table::nextId, strays::countOne);
        this.opening = new SessionOpening(endpoint, options, handshake, this::enterPhase, table::window);
        this.downtime = Downtime.of(endpoint, options.mode() == ConnectMode.CONNECT);
        this.liveness = new ServerLiveness(
                ServerLiveness.timeout(options), this::schedule, System::nanoTime, table, lanes, logger);
    }

    CommandTable table() {
        return table;
    }

    SessionOpening opening() {
        return opening;
    }

    long strayReplies() {
        return strays.count();
    }

    Downtime downtime() {
        return downtime;
    }

    boolean isOnEventLoop() {
        return isOnLoop();
    }

    boolean areLoopsClosed() {
        return isWithoutLoops();
    }

    /** {@return whether anything has come from the peer of this session, or of the last one} */
    boolean wasHeard() {
        return heard;
    }

    /** Disconnects, within this turn of the loop, and tells of the end on the loop. */
    @BottomHalf
    void end(Consumer<@Nullable Throwable> ended) {
        disconnect(ended);
    }

    /** Runs a callback's completion in a loop task of its own, so that a callback that tries again piles up no stack. */
    void completeLater(Runnable completion) {
        onLoopLater(completion);
    }

    void runOnLoop(Runnable task) {
        onLoop(task);
    }

    Registration scheduleTask(Duration delay, Runnable task) {
        return schedule(delay, task);
    }

    @Nullable
    Throwable lastError() {
        return lastError;
    }

    /** {@return whether what has just ended was a session, and not an attempt at one} */
    boolean endedSession() {
        return hadSession;
    }

    // ------------------------------------------------------------------ session

    @Override
    protected CompletionStage<?> establishSession() {
        heard = false;
        commands.beginSession();
        strays.beginSession();
        shutdown.beginSession();
        agent = options.isGuestAgent() ? newAgentSync() : null;
        commands.keepInStepBy(agent);
        return opening.open();
    }

    private AgentSync newAgentSync() {
        return new AgentSync(
                name(), options.commandIds(), table, commands, lanes, this::schedule, codec::writeSentinelBefore);
    }

    @Override
    protected SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        return shutdown.endOf(left, cause);
    }

    @Override
    protected void onRunstateChange(RunstateChange change) {
        try {
            noteChange(change);
        } finally {
            onChange.accept(change); // whatever went wrong, the reconnector must hear of it
        }
        if (change.current() == Runstate.RUNNING) {
            opening.takeEarlyEvents().forEach(this::onEvent);
        }
        hadSession = hadSession && change.current() != Runstate.IDLE;
    }

    private void noteChange(RunstateChange change) {
        downtime.runstateChanged(change, shutdown);
        switch (change.current()) {
            case CONNECTING -> hadSession = false;
            case RUNNING -> hadSession = true;
            case DISCONNECTING -> {
                lastError = change.cause();
                liveness.stop(); // nothing can be asked any more, and the disconnect has a deadline
            }
            case IDLE -> {
                lastError = change.cause() != null ? change.cause() : lastError; // it may fail on the way
                opening.endSession();
                liveness.stop();
                commands.endSession(change.cause());
            }
        }
    }

    // ------------------------------------------------------------------ commands

    /** Takes in a command that was admitted; from any thread. */
    void submit(PendingCommand<?> command) {
        onLoop(() -> {
            if (command.isDone()) {
                table.dismiss();
            } else if (runstate() != Runstate.RUNNING) {
                table.dismiss();
                NotSentException failure = notConnected(command.command().name());
                completeLater(() -> command.fail(failure));
            } else {
                commands.accept(command);
            }
        });
    }

    NotSentException notConnected(String commandName) {
        StateException why = noSession.get();
        return new NotSentException(
                commandName, NotSentException.Reason.NOT_CONNECTED, String.valueOf(why.getMessage()), why);
    }

    StateException notIn(Runstate required) {
        return new StateException("'" + name() + "'", runstate(), required);
    }

    /** The caller has ended the future; from any thread. */
    void abandoned(PendingCommand<?> command) {
        onLoop(() -> commands.abandoned(command));
    }

    /** The caller was interrupted; from any thread. */
    void interrupted(PendingCommand<?> command) {
        interrupted(command, () -> {});
    }

    /** The caller was interrupted, and there is more to do once the command is given up; from any thread. */
    void interrupted(PendingCommand<?> command, Runnable then) {
        onLoop(() -> {
            commands.interrupted(command);
            then.run();
        });
    }

    @Override
    protected boolean maySend(QmpMessage next) {
        boolean inStep = agent == null || agent.maySend();
        return inStep && next instanceof QmpCommand command && table.hasRoomOnWire(command);
    }

    @Override
    protected boolean maySendUrgent(QmpMessage next) {
        return !table.isWireClosed();
    }

    @Override
    protected QmpMessage onOutbound(QmpMessage message) {
        commands.written(message);
        liveness.watch(opening.isOutOfBand() && runstate() == Runstate.RUNNING);
        QmpMessage written = agent == null ? message : agent.outbound(message);
        wire.sent(written);
        return written;
    }

    @Override
    protected void onSent(QmpMessage message) {
        commands.sent(message);
        liveness.sent(message);
    }

    @Override
    protected void onUnsent(QmpMessage message, Throwable cause) {
        commands.unsent(message, cause);
    }

    @Override
    protected boolean isQuiet() {
        return table.isQuiet();
    }

    // ------------------------------------------------------------------ inbound

    @Override
    protected void onArrival() {
        liveness.heard();
    }

    @Override
    protected QmpMessage onInbound(QmpMessage message) {
        heard = true;
        wire.received(message);
        return message;
    }

    @Override
    protected void onMessage(QmpMessage message) {
        if (message instanceof QmpReply reply) {
            onReply(reply);
        } else if (message instanceof QmpEvent event) {
            onEvent(event);
        } else {
            throw new ProtocolException(Violation.UNEXPECTED, "a greeting came in the middle of a session");
        }
    }

    private void onReply(QmpReply received) {
        QmpReply reply = agent == null ? attribute(received) : agent.attribute(received);
        if (reply == null) {
            return;
        }
        if (table.isProbeId(reply.id())) {
            liveness.answered(reply.id());
            return;
        }
        if (commands.answered(reply)) {
            return;
        }
        boolean ofAnEarlierClient = agent != null && table.isWireFree();
        if (reply.id() == null && reply.error() != null && !ofAnEarlierClient) {
            throw UnattributedErrors.exception(reply.error());
        }
        strays.dropOne();
    }

    /** {@return the reply; an error without an id gets that of the only command on the wire, which it must belong to} */
    private QmpReply attribute(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        if (reply.id() != null || error == null) {
            return reply;
        }
        PendingCommand<?> only = liveness.isProbing() ? null : table.onlyOneOnWire();
        QmpCommand sent = only == null ? null : only.sent();
        if (sent == null) {
            return reply;
        }
        LOGGER.warn(
                "'{}': an error without an id, taken for the reply to {}: {}",
                Text.printable(name()),
                Text.printable(sent.name()),
                UnattributedErrors.text(error));
        return new QmpReply(sent.id(), null, error);
    }

    private void onEvent(QmpEvent event) {
        shutdown.see(event);
        if (event.name().equals(ShutdownNotice.SHUTDOWN)) {
            commands.shutdownSeen(event);
        }
        events.dispatch(event);
    }

    @Override
    protected ConnectionLostException endOfStream() {
        return shutdown.endOfStream();
    }

    /** The engine's sending, for commands and for the question whether the server lives. */
    private final class EngineLanes implements CommandFlow.Lanes {

        @Override
        public void send(QmpCommand command) {
            QmpProtocol.this.send(command);
        }

        @Override
        public void sendUrgent(QmpCommand command) {
            QmpProtocol.this.sendUrgent(command);
        }

        @Override
        public void withdraw(QmpCommand command) {
            QmpProtocol.this.withdraw(command);
        }

        @Override
        public void resumeSending() {
            QmpProtocol.this.resumeSending();
        }

        @Override
        public void fail(Throwable cause) {
            QmpProtocol.this.fail(cause);
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.QmpClientOptions;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.RejectedException;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.StateException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** QMP as an {@link AsyncProtocol}: establishes sessions, matches replies with commands, passes events on. */
final class QmpProtocol extends AsyncProtocol<QmpMessage> {

    private static final int MAX_ORPHANS = 8;
    private static final int MAX_STRAYS = 100;

    private final QmpClientOptions options;
    private final EventRegistry events;
    private final Consumer<RunstateChange> onChange;
    private final Logger logger;
    private final CommandTable table;
    private final CommandDeadlines deadlines;
    private final SessionHandshake handshake;
    private int straysInSession;
    private volatile long strayReplies;
    private volatile @Nullable QmpGreeting greeting;
    private volatile boolean outOfBand;
    private volatile @Nullable Throwable lastError;
    private boolean hadSession;

    QmpProtocol(QmpClientOptions options, EventRegistry events, Consumer<RunstateChange> onChange) {
        super(options.protocol(), JsonMessageCodec.forClient(options.awaitGreeting()));
        this.options = options;
        this.events = events;
        this.onChange = onChange;
        this.logger = LoggerFactory.getLogger("dev.qmp.client." + name());
        this.table = new CommandTable(options.queueCapacity());
        this.deadlines = new CommandDeadlines(table, this::schedule, this::expired);
        this.handshake = new SessionHandshake(this::receive, this::send, table::nextId, this::countStray);
    }

    CommandTable table() {
        return table;
    }

    @Nullable
    QmpGreeting greeting() {
        return greeting;
    }

    boolean isOutOfBand() {
        return outOfBand;
    }

    long strayReplies() {
        return strayReplies;
    }

    boolean isOnEventLoop() {
        return isOnLoop();
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
        table.beginSession();
        straysInSession = 0;
        CompletableFuture<@Nullable QmpGreeting> greeted = CompletableFuture.completedFuture(null);
        if (options.awaitGreeting()) {
            enterPhase(
                    ConnectPhase.GREETING,
                    "another client may hold this monitor, which serves one at a time, or the machine is stopped"
                            + (options.protocol().tls() == null ? "" : ", or it refuses our certificate"));
            greeted = handshake.greeting().thenApply(received -> received);
        }
        return greeted.thenCompose(received -> {
            greeting = received;
            return negotiate(received);
        });
    }

    private CompletableFuture<Void> negotiate(@Nullable QmpGreeting received) {
        boolean wanted = options.outOfBand() && received != null && received.offersOutOfBand();
        if (!options.negotiate()) {
            return CompletableFuture.completedFuture(null);
        }
        enterPhase(
                ConnectPhase.NEGOTIATION, "the server may be busy with a command of the client that was here before");
        return handshake.negotiate(wanted).thenAccept(enabled -> {
            outOfBand = enabled;
            table.window(enabled ? options.maxInFlight() : 1);
        });
    }

    @Override
    protected void onRunstateChange(RunstateChange change) {
        switch (change.current()) {
            case CONNECTING -> hadSession = false;
            case RUNNING -> hadSession = true;
            case DISCONNECTING -> lastError = change.cause();
            case IDLE -> endCommands(change.cause());
        }
        onChange.accept(change);
        hadSession = hadSession && change.current() != Runstate.IDLE;
    }

    /** What was written and not answered has an unknown outcome; what was queued has been told as unsent before. */
    private void endCommands(@Nullable Throwable cause) {
        outOfBand = false;
        deadlines.stop();
        for (PendingCommand<?> command : table.all()) {
            table.leave(command);
            if (command.stage() == Stage.WRITTEN) {
                command.fail(new OutcomeUnknownException(
                        command.command().name(),
                        OutcomeUnknownException.Reason.DISCONNECTED,
                        "the session ended before its reply came",
                        cause));
            }
        }
    }

    // ------------------------------------------------------------------ commands

    /** Takes in a command that was admitted; from any thread. */
    void submit(PendingCommand<?> command) {
        onLoop(() -> accept(command));
    }

    @BottomHalf
    private void accept(PendingCommand<?> command) {
        if (command.isDone()) {
            table.dismiss();
            return;
        }
        if (runstate() != Runstate.RUNNING) {
            table.dismiss();
            command.fail(notConnected(command.command().name()));
            return;
        }
        QmpCommand withId = table.enter(command);
        deadlines.restart(command, timeoutOf(command));
        if (withId.isOutOfBand()) {
            sendUrgent(withId);
        } else {
            send(withId);
        }
    }

    NotSentException notConnected(String commandName) {
        return new NotSentException(
                commandName,
                NotSentException.Reason.NOT_CONNECTED,
                "not connected (" + runstate() + ")",
                new StateException("'" + name() + "'", runstate(), Runstate.RUNNING));
    }

    private Duration timeoutOf(PendingCommand<?> command) {
        Duration own = command.command().timeout();
        return own != null ? own : options.commandTimeout();
    }

    @Override
    protected boolean maySend(QmpMessage next) {
        return next instanceof QmpCommand command && table.hasRoomOnWire(command);
    }

    @Override
    protected QmpMessage onOutbound(QmpMessage message) {
        PendingCommand<?> command = find(message);
        if (command != null) {
            table.written(command);
        }
        return message;
    }

    @Override
    protected void onSent(QmpMessage message) {
        PendingCommand<?> command = find(message);
        if (command != null && command.stage() == Stage.WRITTEN) {
            deadlines.restart(command, timeoutOf(command));
        }
    }

    @Override
    protected void onUnsent(QmpMessage message, Throwable cause) {
        PendingCommand<?> command = find(message);
        if (command == null) {
            return;
        }
        table.leave(command);
        boolean unsendable = cause instanceof IllegalArgumentException;
        command.fail(new NotSentException(
                command.command().name(),
                unsendable ? NotSentException.Reason.UNSENDABLE : NotSentException.Reason.DISCONNECTED,
                unsendable ? String.valueOf(cause.getMessage()) : "the session ended before its turn came",
                unsendable ? null : cause));
        resumeSending();
    }

    private @Nullable PendingCommand<?> find(QmpMessage message) {
        return message instanceof QmpCommand command ? table.find(command.id()) : null;
    }

    /** The caller has cancelled: a queued command is withdrawn, a written one leaves an orphan. */
    void cancelled(PendingCommand<?> command) {
        onLoop(() -> giveUp(command));
    }

    /** The waiting caller was interrupted: its command fails as what it is, unless its reply is here already. */
    void interrupted(PendingCommand<?> command) {
        onLoop(() -> {
            String name = command.command().name();
            switch (giveUp(command)) {
                case WITHDRAWN ->
                    command.fail(new NotSentException(
                            name, NotSentException.Reason.CANCELLED, "the caller was interrupted", null));
                case ORPHANED ->
                    command.fail(new OutcomeUnknownException(
                            name, OutcomeUnknownException.Reason.INTERRUPTED, "the caller was interrupted", null));
                case TOO_LATE -> {}
            }
        });
    }

    @BottomHalf
    private void expired(PendingCommand<?> command) {
        expire(command, timeoutOf(command));
    }

    /** Ends a command whose time is up, unless it has its outcome already. */
    @BottomHalf
    void expire(PendingCommand<?> command, Duration timeout) {
        String name = command.command().name();
        switch (giveUp(command)) {
            case WITHDRAWN ->
                command.fail(new NotSentException(
                        name,
                        NotSentException.Reason.TIMED_OUT,
                        "its turn did not come within " + timeout.toMillis() + " ms",
                        null));
            case ORPHANED -> command.fail(new CommandTimeoutException(name, timeout));
            case TOO_LATE -> {}
        }
    }

    /** What came of giving a command up. */
    private enum GivenUp {
        /** It was queued, and will not be sent. */
        WITHDRAWN,
        /** It was written, and its reply will be dropped. */
        ORPHANED,
        /** It has its outcome already. */
        TOO_LATE
    }

    @BottomHalf
    private GivenUp giveUp(PendingCommand<?> command) {
        QmpCommand sent = command.sent();
        if (sent == null || table.find(sent.id()) != command) {
            return GivenUp.TOO_LATE;
        }
        resumeSending();
        if (command.stage() == Stage.QUEUED) {
            withdraw(sent);
            table.leave(command);
            return GivenUp.WITHDRAWN;
        }
        table.orphan(command);
        if (table.orphaned() > MAX_ORPHANS) {
            fail(new ConnectionLostException(
                    "the server is stalled: " + table.orphaned() + " commands are unanswered", null));
        }
        return GivenUp.ORPHANED;
    }

    @Override
    protected boolean isQuiet() {
        return table.isQuiet();
    }

    // ------------------------------------------------------------------ inbound

    @Override
    protected void onMessage(QmpMessage message) {
        if (message instanceof QmpReply reply) {
            onReply(reply);
        } else if (message instanceof QmpEvent event) {
            events.dispatch(event);
        } else {
            throw new ProtocolException(Violation.UNEXPECTED, "a greeting came in the middle of a session");
        }
    }

    private void onReply(QmpReply reply) {
        QmpErrorInfo error = reply.error();
        PendingCommand<?> command = table.find(reply.id());
        if (command != null && command.stage() != Stage.QUEUED) {
            answered(command, reply, error);
        } else if (reply.id() == null && error != null) {
            throw new ProtocolException(
                    Violation.UNATTRIBUTED_ERROR, "the server sent an error without id: some command failed");
        } else {
            if (straysInSession++ == 0) {
                logger.warn("Dropped a reply with an unknown id; more of them in this session are counted only");
            }
            countStray();
            if (straysInSession > MAX_STRAYS) {
                throw new ProtocolException(Violation.UNEXPECTED, "too many replies with unknown ids");
            }
        }
    }

    private void answered(PendingCommand<?> command, QmpReply reply, @Nullable QmpErrorInfo error) {
        boolean orphan = command.stage() == Stage.ORPHANED;
        table.leave(command);
        resumeSending();
        if (orphan) {
            logger.debug("Dropped a late reply to {}", command.command().name());
            return;
        }
        RejectedException rejection = error == null || command.wantsErrors()
                ? null
                : new RejectedException(command.command().name(), error);
        events.afterDelivery(command.issuedWithin(), () -> command.answer(reply, rejection));
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    private void countStray() {
        strayReplies++;
    }
}

package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.ListenerOptions;
import dev.qmp.internal.client.PendingCommand.Stage;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.engine.InlineScheduler;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.StringNode;

/** Errors of the JVM at any step of a command: each command has its outcome nevertheless. */
class CommandFlowTests {

    private static final Logger LOGGER = LoggerFactory.getLogger(CommandFlowTests.class);

    private final CommandIds ids = new CommandIds();
    private final SendWindow window = new SendWindow(System::nanoTime);
    private final CommandTable table = new CommandTable(new CommandCounts(10), ids, window);
    private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
    private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
    private final EventRegistry events = new EventRegistry(
            ListenerOptions.DEFAULTS, callbacks::add, LOGGER, new FailureLog(LOGGER), new FailingLoop());
    private final FailingSession session = new FailingSession();
    private final List<Throwable> failures = new ArrayList<>();
    private boolean failing;
    private boolean withoutTimers;
    private boolean withoutSending;

    private void failIfAsked() {
        if (failing) {
            failing = false;
            throw new InternalError("on purpose");
        }
    }

    private final class FailingLoop extends InlineLoop {

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            failIfAsked();
            return Cancellable.NOTHING;
        }
    }

    private final class FailingSession extends SessionContextStub {

        private final List<QmpMessage> queued = new ArrayList<>();

        @Override
        public void send(QmpMessage message) {
            queued.add(message);
            failIfAsked();
        }

        @Override
        public void resumeSending() {
            failIfAsked();
            if (withoutSending) {
                throw new InternalError("on purpose");
            }
        }

        @Override
        public void fail(Throwable cause) {
            failures.add(cause);
        }

        @Override
        public boolean withdraw(QmpMessage message) {
            failIfAsked();
            return queued.remove(message);
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            if (withoutTimers) {
                throw new InternalError("on purpose");
            }
            timers.add(task);
            return CommandFlowTests.this::failIfAsked;
        }
    }

    private final ReplyMatching matching = new MonitorReplies(
            table, new ServerLiveness(Duration.ZERO, System::nanoTime, window, ids, session, LOGGER), LOGGER, record());

    /** Without the record, which counts late replies. */
    private final CommandFlow flow =
            new CommandFlow(table, window, session, events, null, Duration.ofSeconds(60), matching, LOGGER);

    private PendingCommand<QmpReply> command(Executor completion) {
        return command(QmpCommand.of("query-status"), completion);
    }

    private PendingCommand<QmpReply> command(QmpCommand command, Executor completion) {
        PendingCommand<QmpReply> pending = new PendingCommand<>(
                command, 0, reply -> reply, completion, failure -> {}, null, new CommandLog("test"));
        assertThat(pending.admit(table.counts())).isTrue();
        return pending;
    }

    private PendingCommand<QmpReply> accepted(Executor completion) {
        PendingCommand<QmpReply> command = command(completion);
        flow.accept(command);
        return command;
    }

    @Test
    @DisplayName("at the end of the session, one that fails to complete does not keep the others from their outcome")
    void atTheEndOfTheSession() {
        accepted(task -> {
            throw new InternalError("on purpose");
        });
        PendingCommand<?> second = accepted(Runnable::run);
        PendingCommand<?> third = accepted(Runnable::run);
        flow.endSession(null);
        assertThat(List.of(second, third)).allSatisfy(command -> assertThat(command)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(NotSentException.class));
    }

    @Test
    @DisplayName("one that cannot be queued leaves the table and its place in the queue")
    void cannotBeQueued() {
        PendingCommand<?> command = command(Runnable::run);
        failing = true;
        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> flow.accept(command));
        assertThat(session.queued).isEmpty();
        assertThat(table.isEmpty()).isTrue();
        assertThat(table.counts().snapshot().queued()).isZero();
    }

    @Test
    @DisplayName("one whose reply cannot be held for the callbacks of earlier events gets it at once")
    void replyThatCannotBeHeld() {
        events.subscribe(
                EventFilter.all(), ListenerOptions.DEFAULTS.withDelayedReplies(), callbacks::add, signal -> {});
        PendingCommand<QmpReply> command = accepted(Runnable::run);
        flow.written(command.withId());
        events.dispatch(QmpEvent.of("STOP"));
        failing = true;
        QmpReply reply = QmpReply.success(command.withId().id(), QmpJson.object());
        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> flow.answered(reply));
        assertThat(command).isCompletedWithValue(reply);
        assertThat(table.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("at the end of the session, a timer that cannot be stopped keeps no command from its outcome")
    void aTimerThatCannotBeStopped() {
        PendingCommand<?> command = accepted(Runnable::run);
        failing = true;
        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> flow.endSession(null));
        assertThat(command).isCompletedExceptionally();
        assertThat(table.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("a command whose executor fails completes in the thread of the outcome")
    void anExecutorThatFails() {
        PendingCommand<QmpReply> command = accepted(task -> {
            throw new InternalError("on purpose");
        });
        flow.written(command.withId());
        QmpReply reply = QmpReply.success(command.withId().id(), QmpJson.object());
        flow.answered(reply);
        assertThat(command).isCompletedWithValue(reply);
    }

    @Test
    @DisplayName("a command that its caller wrote fails as unknown without a deadline, and its reply is dropped")
    void writtenWithoutADeadline() {
        PendingCommand<QmpReply> command = command(Runnable::run);
        QmpCommand withId = command.command().withId(StringNode.valueOf("id-1"));
        command.withId(withId);
        command.moveTo(Stage.WRITTEN);
        withoutTimers = true;
        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> flow.acceptWritten(command, "id-1"));
        assertThat(command)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(table.isEmpty()).isTrue();
        assertThat(table.counts().snapshot()).isEqualTo(CommandCounts.Snapshot.NONE);
        assertThat(flow.answered(QmpReply.success(withId.id(), QmpJson.object())))
                .isTrue();
    }

    private PendingCommand<QmpReply> written(QmpCommand command) {
        PendingCommand<QmpReply> written = command(command, Runnable::run);
        flow.accept(written);
        flow.written(written.withId());
        return written;
    }

    private static void failsAsNotSent(PendingCommand<?> command) {
        assertThat(command).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(NotSentException.class);
    }

    private static void failsAsUnknown(PendingCommand<?> command) {
        assertThat(command)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    @DisplayName("one whose caller is interrupted fails as unknown, although the writing cannot be continued")
    void interruptedWithoutSending() {
        PendingCommand<QmpReply> command = written(QmpCommand.of("query-status"));
        withoutSending = true;
        flow.interrupted(command);
        failsAsUnknown(command);
        assertThat(failures).hasOnlyElementsOfType(InternalError.class);
    }

    @Test
    @DisplayName("one whose deadline has passed fails as unknown, although the writing cannot be continued")
    void expiredWithoutSending() {
        PendingCommand<QmpReply> command = written(QmpCommand.of("query-status").withTimeout(Duration.ofNanos(1)));
        withoutSending = true;
        assertThatExceptionOfType(InternalError.class)
                .isThrownBy(() -> timers.element().run());
        failsAsUnknown(command);
    }

    @Test
    @DisplayName("one whose deadline passes in the queue is not sent, although the writing cannot be continued")
    void expiredInTheQueueWithoutSending() {
        PendingCommand<?> command =
                command(QmpCommand.of("query-status").withTimeout(Duration.ofNanos(1)), Runnable::run);
        flow.accept(command);
        withoutSending = true;
        assertThatExceptionOfType(InternalError.class)
                .isThrownBy(() -> timers.element().run());
        failsAsNotSent(command);
        assertThat(session.queued).isEmpty();
    }

    @Test
    @DisplayName("one whose deadline passes in the queue, and which cannot be withdrawn, ends with the session")
    void expiredWithoutWithdrawal() {
        PendingCommand<?> command =
                command(QmpCommand.of("query-status").withTimeout(Duration.ofNanos(1)), Runnable::run);
        flow.accept(command);
        failing = true;
        assertThatExceptionOfType(InternalError.class)
                .isThrownBy(() -> timers.element().run());
        assertThat(command).isNotDone();
        flow.endSession(null);
        failsAsNotSent(command);
    }

    @Test
    @DisplayName("#41 a reply with the id of a command that is still queued is none of it")
    void aReplyToAQueuedCommand() {
        PendingCommand<QmpReply> command = accepted(Runnable::run);
        QmpReply early = QmpReply.success(command.withId().id(), QmpJson.object());
        assertThat(flow.answered(early)).isFalse();
        assertThat(command).isNotDone();
        flow.written(command.withId());
        assertThat(flow.answered(early)).isTrue();
        assertThat(command).isCompletedWithValue(early);
    }

    @Test
    @DisplayName("one that is queued, and whose caller is interrupted, is not sent, although writing cannot continue")
    void interruptedInTheQueueWithoutSending() {
        PendingCommand<QmpReply> command = accepted(Runnable::run);
        withoutSending = true;
        flow.interrupted(command);
        failsAsNotSent(command);
        assertThat(session.queued).isEmpty();
    }

    @Test
    @DisplayName(
            "one whose caller is interrupted, and which cannot be withdrawn, is not sent by the session that fails")
    void interruptedWithoutWithdrawal() {
        PendingCommand<QmpReply> command = accepted(Runnable::run);
        failing = true;
        flow.interrupted(command);
        assertThat(command).isNotDone();
        assertThat(failures).hasOnlyElementsOfType(InternalError.class);
        flow.endSession(failures.get(0));
        failsAsNotSent(command);
    }

    @Test
    @DisplayName("one without a reply succeeds when it is sent, although the writing cannot be continued")
    void sentWithAnError() {
        PendingCommand<QmpReply> command = written(QmpCommand.of("query-status").withoutReply());
        failing = true;
        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> flow.sent(command.withId()));
        assertThat(command).isCompleted();
        assertThat(table.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("one that cannot be sent, for a reason that cannot be reported, fails with the session")
    void unsentWithAnError() {
        PendingCommand<QmpReply> command = accepted(Runnable::run);
        Throwable cause = new IllegalArgumentException() {
            @Override
            public String getMessage() {
                throw new InternalError("on purpose");
            }
        };
        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> flow.unsent(command.withId(), cause));
        flow.endSession(null);
        assertThat(command).isCompletedExceptionally();
    }

    private static ServerRecord record() {
        try (QmpClient client = QmpClient.builder("tcp:127.0.0.1:1").build()) {
            return new ServerRecord(client.endpoint(), client.options(), InlineScheduler.WITHOUT_TIMERS);
        }
    }
}

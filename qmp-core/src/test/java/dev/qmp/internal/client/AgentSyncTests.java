package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.QmpClientOptions;
import dev.qmp.error.ProtocolException;
import dev.qmp.internal.client.AgentSyncState.IdsProven;
import dev.qmp.internal.client.AgentSyncState.IdsRefused;
import dev.qmp.internal.client.AgentSyncState.IdsUnproven;
import dev.qmp.internal.client.AgentSyncState.InOrder;
import dev.qmp.internal.client.AgentSyncState.RepliesWithoutId;
import dev.qmp.internal.client.AgentSyncState.Unsynchronized;
import dev.qmp.internal.engine.Cancellable;
import dev.qmp.internal.engine.InlineScheduler;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The synchronization with a guest agent, on a clock held by hand. */
class AgentSyncTests {

    private final ArrayDeque<Runnable> timers = new ArrayDeque<>();
    private final List<Duration> delays = new ArrayList<>();
    private final List<QmpCommand> sent = new ArrayList<>();
    private final CommandIds commandIds = new CommandIds();
    private final SendWindow window = new SendWindow(System::nanoTime);
    private final CommandTable table = new CommandTable(new CommandCounts(10), commandIds, window);

    private AgentSync agentSync(boolean ids) {
        QmpClientBuilder agent =
                QmpClient.builder("tcp:127.0.0.1:1").guestAgent().commandIds(ids);
        try (QmpClient client = agent.build()) {
            QmpClientOptions options = client.options();
            ServerRecord record = new ServerRecord(client.endpoint(), options, InlineScheduler.WITHOUT_TIMERS);
            return new AgentSync(
                    options, table, commandIds, window, reply -> {}, new SentCommands(), message -> {}, record);
        }
    }

    private static QmpReply answer(QmpCommand synchronization) {
        JsonNode mark = synchronization.arguments().get("id");
        return new QmpReply(synchronization.id(), mark, null);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("an agent that is silent for hours takes no memory without end, and may answer all at once")
    void input2ASilentAgentTakesNoMemoryWithoutEnd(boolean ids) {
        AgentSync sync = agentSync(ids);
        sync.commandAbandoned();
        for (int retry = 0; retry < 1000; retry++) {
            timers.remove().run();
        }
        assertThat(sent).hasSize(1001);
        assertThat(delays).endsWith(Duration.ofSeconds(30));
        assertThat(sync.unanswered()).isEqualTo(Synchronizations.MAX_UNANSWERED);
        for (QmpCommand synchronization : sent) {
            assertThat(sync.maySend()).isEqualTo(ids);
            assertThat(sync.attribute(answer(synchronization)))
                    .as("a stray reply")
                    .isNull();
        }
        assertThat(sync.unanswered()).isZero();
        assertThat(sync.maySend()).isTrue();
        assertThat(timers).isEmpty();
    }

    @Test
    @DisplayName("a number before a synchronization may answer one that is no longer kept; another result is late")
    void input2ANumberMayAnswerAForgottenSynchronization() {
        AgentSync sync = agentSync(false);
        sync.commandAccepted();
        sync.attribute(answer(sent.get(0)));
        PendingCommand<?> freeze = write("guest-fsfreeze-freeze");
        table.abandon(freeze);
        sync.commandAbandoned();
        for (int retry = 0; retry < Synchronizations.MAX_UNANSWERED; retry++) {
            timers.remove().run();
        }

        assertThat(sync.attribute(answer(sent.get(1)))).isNull();
        assertThat(sync.attribute(QmpReply.success(null, QmpJson.object())))
                .extracting(QmpReply::id)
                .isEqualTo(freeze.withId().id());
    }

    private PendingCommand<?> write(String name) {
        PendingCommand<?> command = new PendingCommand<>(
                QmpCommand.of(name), 0, reply -> reply, Runnable::run, failure -> {}, null, new CommandLog("test"));
        assertThat(command.admit(table.counts())).isTrue();
        table.enter(command);
        table.written(command);
        return command;
    }

    @Test
    @DisplayName("an error without an id ends the session if it may belong to each of several commands")
    void anErrorOfSeveralCommands() {
        AgentSync sync = agentSync(true);
        QmpReply error = new QmpReply(null, null, new QmpErrorInfo("GenericError", "JSON parse error"));
        assertThat(sync.attribute(error)).as("of an earlier client").isSameAs(error);
        write("guest-ping");
        write("guest-info");
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> sync.attribute(error))
                .withMessageContaining("an error without an id: GenericError: JSON parse error");
        assertThat(sent).as("synchronizations").isEmpty();
    }

    @Test
    @DisplayName("the moves between the states are those of docs/internals/guest-agents.md")
    void theMovesAreThoseOfTheDrawing() {
        RepliesWithoutId withoutId = new RepliesWithoutId();
        List<AgentSyncState> states = List.of(
                new IdsUnproven(withoutId),
                new IdsProven(withoutId),
                new IdsRefused(),
                new Unsynchronized(),
                new InOrder());
        List<String> moves = new ArrayList<>();
        for (AgentSyncState from : states) {
            for (AgentSyncState next : states) {
                if (from.mayBecome(next)) {
                    moves.add(from.getClass().getSimpleName() + " "
                            + next.getClass().getSimpleName());
                }
            }
        }
        assertThat(moves)
                .containsExactly(
                        "IdsUnproven IdsProven",
                        "IdsUnproven IdsRefused",
                        "IdsProven IdsRefused",
                        "IdsRefused InOrder",
                        "Unsynchronized InOrder");
    }

    /** The engine's sending, as a list. */
    private final class SentCommands extends SessionContextStub {

        @Override
        public void send(QmpMessage message) {
            sent.add((QmpCommand) message);
        }

        @Override
        public void sendUrgent(QmpMessage message) {
            sent.add((QmpCommand) message);
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            delays.add(delay);
            timers.add(task);
            return () -> timers.remove(task);
        }
    }
}

package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** How long a command may take, and what becomes of it and of its place on the wire afterwards. */
class CommandDeadlineTests extends OnScriptedServer {

    @Test
    @DisplayName("#29 no reply: the command times out with an unknown outcome and keeps its place on the wire")
    void timesOut() {
        connect();
        Throwable failure = failureOf(client.execute(quick("slow")));

        assertThat(failure)
                .isInstanceOf(CommandTimeoutException.class)
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessage("slow has an unknown outcome: no reply within 1000 ms");
        assertThat(client.status().abandoned()).isEqualTo(1);
        assertThat(client.status().pending()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("#30 late reply: dropped, its place is free again, and no future completes")
    void dropsALateReply() {
        connect();
        CompletableFuture<JsonNode> slow = client.execute(quick("slow"));
        ObjectNode command = peer.hear("slow");
        assertThat(failureOf(slow)).isInstanceOf(CommandTimeoutException.class);

        assertThat(client.status().lateReplies()).isZero();

        peer.answer(command, "{\"late\": true}");

        await().until(() -> client.status().lateReplies() == 1);
        assertThat(client.status().abandoned()).isZero();
        assertThat(slow).isCompletedExceptionally();
        assertThat(client.status().strayReplies()).isZero();
        CompletableFuture<JsonNode> next = client.execute("next");
        peer.answer(peer.hear("next"), "1");
        assertThat(next.join().intValue()).isEqualTo(1);
        assertThat(client.status().lateReplies()).as("replies in time").isEqualTo(1);
    }

    @Test
    @DisplayName("#30 late replies are counted over all sessions; an abandoned command without a reply is none")
    void countsLateRepliesOverAllSessions() {
        connect();
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode command = peer.hear("first");
        first.cancel(false);
        peer.answer(command, "{}");
        await().until(() -> client.status().lateReplies() == 1);
        CompletableFuture<JsonNode> never = client.execute("never");
        peer.hear("never");
        never.cancel(false);
        await().until(() -> client.status().abandoned() == 1);
        peer.close();
        awaitIdle();

        peer = server.connect(client);

        assertThat(client.status().abandoned()).isZero();
        assertThat(client.status().lateReplies()).isEqualTo(1);
    }

    @Test
    @DisplayName("#31 limit of abandoned commands: after nine timed out commands the server counts as stalled")
    void givesUpOnAStalledServer() {
        connect();
        List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            commands.add(client.execute(quick("slow").outOfBand()));
        }

        commands.forEach(command -> assertThat(failureOf(command)).isInstanceOf(CommandTimeoutException.class));
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOf(ConnectionLostException.class)
                .hasMessageContaining("stalled");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("#31 nothing gets through any more: the server counts as stalled when one more has waited in vain")
    void givesUpOnAServerThatTakesNothing(boolean outOfBand) {
        connect(builder -> builder.outOfBand(outOfBand)
                .commandTimeout(Duration.ofSeconds(2))
                .livenessTimeout(Duration.ZERO));
        int window = outOfBand ? 7 : 1;
        for (int i = 0; i < window; i++) {
            CompletableFuture<JsonNode> slow = client.execute("slow");
            peer.hear("slow");
            slow.cancel(false);
        }
        await().until(() -> client.status().abandoned() == window);
        assertThat(failureOf(client.execute(QmpCommand.of("hasty").withTimeout(Duration.ofMillis(1)))))
                .isInstanceOf(NotSentException.class);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);

        assertThat(failureOf(client.execute("next")))
                .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                        .isEqualTo(NotSentException.Reason.TIMED_OUT));
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOf(ConnectionLostException.class)
                .hasMessage("the server is stalled: " + window + " commands are unanswered;"
                        + " for 2000 ms (commandTimeout) they kept others from the wire");
    }

    @Test
    @DisplayName("G1 a timeout for ever is one: the command is sent, answered, and others have their own deadlines")
    void waitsForEver() {
        Duration forever = ChronoUnit.FOREVER.getDuration();
        connect(builder -> builder.commandTimeout(forever)
                .connectTimeout(forever)
                .writeTimeout(forever)
                .livenessTimeout(forever));
        CompletableFuture<JsonNode> patient = client.execute("patient");
        ObjectNode heard = peer.hear("patient");
        CompletableFuture<JsonNode> endless =
                client.execute(QmpCommand.of("endless").withTimeout(Duration.ofSeconds(Long.MAX_VALUE)));
        peer.hear("endless");
        assertThat(failureOf(client.execute(quick("quick")))).isInstanceOf(CommandTimeoutException.class);
        peer.answer(heard, "1");
        assertThat(patient.join().intValue()).isEqualTo(1);

        peer.close();
        assertThat(failureOf(endless)).isInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    @DisplayName("#29 a command that is issued when another times out keeps the deadlines of the others")
    void keepsTheDeadlinesOfOthers() {
        connect(builder -> builder.callbackExecutor(Runnable::run));
        CompletableFuture<JsonNode> again =
                client.execute(quick("first")).exceptionallyCompose(timeout -> client.execute("patient"));
        CompletableFuture<JsonNode> second =
                client.execute(QmpCommand.of("second").withTimeout(Duration.ofSeconds(2)));

        assertThat(second)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(CommandTimeoutException.class);
        assertThat(again).isNotDone();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("#29 the time of a command counts from its issue: what it waited in the queue is not given again")
    void input17TheTimeoutIsOneDeadlineForQueueAndReply(boolean own) {
        Duration timeout = Duration.ofSeconds(4);
        connect(builder -> builder.outOfBand(false)
                .callbackExecutor(Runnable::run)
                .commandTimeout(own ? Duration.ofMinutes(1) : timeout));
        CompletableFuture<JsonNode> first =
                client.execute(QmpCommand.of("first").withTimeout(Duration.ofMinutes(1)));
        ObjectNode firstCommand = peer.hear("first");
        List<String> ended = new CopyOnWriteArrayList<>();
        long issued = System.nanoTime();
        QmpCommand second = QmpCommand.of("second");
        CompletableFuture<JsonNode> queued = client.execute(own ? second.withTimeout(timeout) : second)
                .whenComplete((result, failure) -> ended.add("second"));
        QmpCommand third = QmpCommand.of("third");
        CompletableFuture<JsonNode> behind = client.execute(own ? third.withTimeout(timeout) : third)
                .whenComplete((result, failure) -> ended.add("third"));
        peer.answer(firstCommand, "{}");
        peer.hear("second"); // sent when the third one had been issued

        assertThat(failureOf(queued))
                .isInstanceOf(CommandTimeoutException.class)
                .hasMessageContaining("no reply within 4000 ms");
        assertThat(Duration.ofNanos(System.nanoTime() - issued)).isGreaterThanOrEqualTo(timeout);
        assertThat(failureOf(behind)).isInstanceOf(NotSentException.class);
        assertThat(ended).containsExactly("second", "third");
        assertThat(first).isCompleted();
    }

    @Test
    @DisplayName("#36 a big command has the time that a server needs to read it, besides its own")
    void givesABigCommandMoreTime() {
        connect();
        QmpCommand big = QmpCommand.of("big", Map.of("data", "x".repeat(10_000)));

        assertThat(failureOf(client.execute(big.withTimeout(Duration.ofSeconds(1)))))
                .hasMessageContaining("no reply within 1200 ms");
    }

    @Test
    @DisplayName("#29 a command that times out in the queue was certainly not sent, and never is")
    void timesOutInTheQueue() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");

        Throwable failure = failureOf(client.execute(QmpCommand.of("second").withTimeout(Duration.ofMillis(100))));

        assertThat(failure).isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                .isEqualTo(NotSentException.Reason.TIMED_OUT));
        peer.answer(firstCommand, "{}");
        first.join();
        CompletableFuture<JsonNode> third = client.execute("third");
        peer.answer(peer.hear("third"), "{}");
        third.join();
    }

    @Test
    @DisplayName("#48 a command that is never answered when it succeeds ends with the session, its outcome unknown")
    void endsACommandWithoutAnAnswer() {
        connect();
        CompletableFuture<JsonNode> shutdown = client.execute("guest-shutdown");
        peer.hear("guest-shutdown");

        peer.close();

        assertThat(failureOf(shutdown))
                .isInstanceOfSatisfying(OutcomeUnknownException.class, unknown -> assertThat(unknown.reason())
                        .isEqualTo(OutcomeUnknownException.Reason.DISCONNECTED));
        awaitIdle();
    }
}

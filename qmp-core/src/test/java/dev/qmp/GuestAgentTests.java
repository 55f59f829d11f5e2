package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedAgent;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The client on guest agents that lose commands, refuse ids, or send errors without ids. */
@Timeout(30)
class GuestAgentTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    /** Its time passes soon, but not before it is written, on a busy machine either. */
    private static final QmpCommand FREEZE =
            QmpCommand.of("guest-fsfreeze-freeze").withTimeout(Duration.ofSeconds(1));

    private final ScriptedServer server = ScriptedServer.start();
    private QmpClient client;

    @AfterEach
    void close() {
        client.close();
        server.close();
        await().untilAsserted(() -> assertThat(client.status())
                .extracting(QmpClientStatus::queued, QmpClientStatus::pending, QmpClientStatus::abandoned)
                .containsExactly(0, 0, 0));
    }

    private ScriptedAgent connectTo(ScriptedAgent agent) {
        server.playWithEach(agent);
        client = build(builder -> builder);
        client.connect().join();
        return agent;
    }

    private QmpClient build(UnaryOperator<QmpClientBuilder> options) {
        return options.apply(QmpClient.builder(server.endpoint())
                        .name("agent")
                        .awaitGreeting(false)
                        .negotiate(false)
                        .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(200)))
                        .disconnectTimeout(Duration.ofMillis(50)))
                .build();
    }

    private String resultOf(String command) {
        return client.blocking().execute(command).path("of").asString();
    }

    // ------------------------------------------------------------------ an abandoned command

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("#29 a command that the agent's port has swallowed holds up no other: the next is executed at once")
    void input2NothingWaitsForACommandThatWasSwallowed(boolean takesIds) {
        ScriptedAgent agent = connectTo(new ScriptedAgent(takesIds));
        agent.swallow(1);
        assertThat(client.execute(FREEZE))
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(CommandTimeoutException.class);

        long began = System.nanoTime();
        assertThat(resultOf("guest-fsfreeze-thaw")).isEqualTo("guest-fsfreeze-thaw");
        for (int i = 0; i < 20; i++) {
            assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        }

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
        await().until(() -> client.status().abandoned() == 0);
        assertThat(agent.executed()).hasSize(21).startsWith("guest-fsfreeze-thaw");
        assertThat(client.status().lateReplies()).isZero();
        assertThat(client.status().reconnects()).isZero();
        assertThat(client.status().strayReplies()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("#30 the late reply to an abandoned command is counted, and assigned to no other")
    void input2ALateReplyBelongsToNoOtherCommand(boolean takesIds) {
        ScriptedAgent agent = connectTo(new ScriptedAgent(takesIds));
        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        CountDownLatch executing = agent.hold("guest-fsfreeze-freeze");
        abandonDuring("guest-fsfreeze-freeze", agent);
        CompletableFuture<JsonNode> thaw = client.execute("guest-fsfreeze-thaw");
        if (takesIds) { // it waits in the agent's input, behind the freeze, and not with us
            await().until(() ->
                    client.status().pending() == 1 && client.status().queued() == 0);
        }

        executing.countDown();

        assertThat(thaw)
                .succeedsWithin(SOON)
                .satisfies(result -> assertThat(result.path("of").asString()).isEqualTo("guest-fsfreeze-thaw"));
        assertThat(agent.executed()).containsExactly("guest-ping", "guest-fsfreeze-freeze", "guest-fsfreeze-thaw");
        await().until(() -> client.status().abandoned() == 0);
        assertThat(client.status().lateReplies()).isEqualTo(1);
        assertThat(client.status().strayReplies()).isZero();
        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("#30 a late error is counted if it has an id: without one, the answer to the byte 0xFF looks like it")
    void input2ALateErrorIsCountedIfItHasAnId(boolean takesIds) {
        ScriptedAgent agent = connectTo(new ScriptedAgent(takesIds));
        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        CountDownLatch executing = agent.hold("guest-bad");
        abandonDuring("guest-bad", agent);

        executing.countDown();

        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        await().until(() -> client.status().abandoned() == 0);
        assertThat(client.status().lateReplies()).isEqualTo(takesIds ? 1 : 0);
    }

    /** Cancels a command while the agent executes it. A reply before the abandonment counts as late, with any agent. */
    private void abandonDuring(String command, ScriptedAgent agent) {
        CompletableFuture<JsonNode> future = client.execute(command);
        await().until(() -> agent.executed().contains(command));
        future.cancel(false);
        await().until(() -> client.status().abandoned() == 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("#29 a synchronization that is swallowed, too, is sent again")
    void input2ASynchronizationIsRepeated(boolean takesIds) {
        ScriptedAgent agent = connectTo(new ScriptedAgent(takesIds));
        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        agent.swallow(2);
        CompletableFuture<JsonNode> swallowed = client.execute("guest-fsfreeze-freeze");
        await().until(() -> client.status().pending() == 1);
        swallowed.cancel(false);

        await().atMost(SOON).until(() -> client.status().abandoned() == 0);
        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        assertThat(client.status().reconnects()).isZero();
    }

    @Test
    @DisplayName("#29 an agent that is configured not to synchronize rejects the command, which serves as well")
    void input2AnAgentThatRefusesToSynchronize() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        CompletableFuture<JsonNode> swallowed = client.execute("guest-ping");
        peer.hear("guest-ping");
        swallowed.cancel(false);
        ObjectNode synchronization = hearSynchronization(peer);
        peer.say(ScriptedAgent.PARSE_ERROR.trim());
        peer.reject(synchronization, "CommandNotFound", "Command guest-sync-delimited has been disabled");

        await().until(() -> client.status().abandoned() == 0);
        CompletableFuture<JsonNode> next = client.execute("guest-ping");
        peer.answer(peer.hear("guest-ping"), "{}");
        assertThat(next).succeedsWithin(SOON);
    }

    private static ObjectNode hearSynchronization(Peer peer) {
        String line = peer.hearLine();
        assertThat(line).startsWith("\uFFFD{\"execute\":\"guest-sync-delimited\"");
        return (ObjectNode) parse(line.substring(1));
    }

    private static JsonNode parse(String line) {
        return new JsonMapper().readTree(line);
    }

    // ------------------------------------------------------------------ an agent without ids

    @Test
    @DisplayName("an agent that refuses ids: every command is executed once, session after session")
    void input1AnAgentThatRefusesIdsIsUsedWithoutThem() {
        ScriptedAgent agent = new ScriptedAgent(false);
        try (LogRecorder log = LogRecorder.of("dev.qmp")) {
            connectTo(agent);
            List<String> expected = new ArrayList<>();
            for (int session = 0; session < 3; session++) {
                List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    expected.add("c" + i);
                    commands.add(client.execute("c" + i));
                }
                for (int i = 0; i < 5; i++) {
                    String name = "c" + i;
                    assertThat(commands.get(i)).succeedsWithin(SOON).satisfies(result -> assertThat(
                                    result.path("of").asString())
                            .isEqualTo(name));
                }
                client.disconnect().join();
                client.connect().join();
            }
            assertThat(agent.executed()).containsExactlyElementsOf(expected);
            assertThat(log.at(Level.INFO)).anyMatch(line -> line.contains("member 'id' is unexpected"));
            assertThat(log.everything())
                    .filteredOn(line -> line.contains("member 'id' is unexpected"))
                    .hasSize(3); // at most one in five seconds at INFO
        }
    }

    @Test
    @DisplayName("without ids an error belongs to the command on the wire, and the session goes on; raw commands, too")
    void input1AnErrorBelongsToTheCommandOnTheWire() {
        connectTo(new ScriptedAgent(false));

        assertThat(client.execute("guest-bad"))
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(RejectedException.class)
                .withMessageContaining("GenericError: no such file");
        assertThat(client.blocking()
                        .executeRaw(QmpJson.object().put("execute", "guest-bad").put("id", 7))
                        .toString())
                .isEqualTo("{\"error\":{\"class\":\"GenericError\",\"desc\":\"no such file\"},\"id\":7}");
        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
        assertThat(client.status().reconnects()).isZero();
    }

    @Test
    @DisplayName(
            "with ids switched off, none is sent, and a session begins with a synchronization before its first command")
    void input1IdsCanBeSwitchedOff() {
        ScriptedAgent agent = new ScriptedAgent(false);
        server.playWithEach(agent);
        client = build(builder -> builder.commandIds(false));
        client.connect().join();
        assertThat(agent.heard()).isEmpty();

        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        assertThat(resultOf("guest-info")).isEqualTo("guest-info");
        assertThat(client.execute(QmpCommand.of("guest-shutdown").withoutReply()))
                .succeedsWithin(SOON);
        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");

        assertThat(agent.heard())
                .allMatch(line -> parse(line.replace("\uFFFD", "")).get("id") == null);
        assertThat(agent.heard().get(0)).contains("guest-sync-delimited");
        assertThat(agent.executed()).containsExactly("guest-ping", "guest-info", "guest-shutdown", "guest-ping");
    }

    @Test
    @DisplayName("replies to an earlier client, without ids, are not taken for ours")
    void input1RepliesToAnEarlierClientAreDropped() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()).commandIds(false));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        peer.say("{\"return\": \"of another\"}")
                .say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"another's\"}}");
        CompletableFuture<JsonNode> command = client.execute("guest-ping");
        ObjectNode synchronization = hearSynchronization(peer);
        peer.say("{\"return\": \"of another, late\"}").say(ScriptedAgent.PARSE_ERROR.trim());
        assertThat(command).isNotDone();
        peer.say("{\"return\": " + synchronization.path("arguments").get("id") + "}");
        peer.hear("guest-ping");
        peer.say("{\"return\": \"ours\"}");

        assertThat(command).succeedsWithin(SOON).satisfies(result -> assertThat(result.asString())
                .isEqualTo("ours"));
        assertThat(client.status().lateReplies()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("a queued command is certainly not sent while an agent without ids answers nothing")
    void input1ACommandIsNotSentBeforeTheAgentIsInStep() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()).commandIds(false));
        CompletableFuture<Void> connected = client.connect();
        server.accept();
        connected.join();

        assertThat(client.execute(FREEZE.withTimeout(Duration.ofMillis(100))))
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName("ids can be switched off for a guest agent only")
    void input1AMonitorNeedsIds() {
        client = build(builder -> builder);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> build(builder -> builder.commandIds(false).awaitGreeting(true)))
                .withMessageContaining("commandIds(false)")
                .withMessageContaining("awaitGreeting(false)");
    }

    // ------------------------------------------------------------------ an error without an id, from an agent with ids

    @Test
    @DisplayName("the first error of a session may be an earlier client's: the synchronization shows whose it is")
    void input1AnErrorAtTheBeginIsAttributedByASynchronization() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        String error = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"bad\\u001b[31m input\"}}";
        try (LogRecorder log = LogRecorder.of("dev.qmp")) {
            CompletableFuture<JsonNode> stale = client.execute("guest-ping");
            ObjectNode command = peer.hear("guest-ping");
            peer.say(error);
            ObjectNode synchronization = hearSynchronization(peer);
            peer.answer(command, "1").say(ScriptedAgent.PARSE_ERROR.trim()).answer(synchronization, "2");
            assertThat(stale).succeedsWithin(SOON);
            assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("agent: ", "GenericError: bad\\u001B[31m input", "guest-ping");
        }

        CompletableFuture<JsonNode> ours = client.execute("guest-ping");
        peer.hear("guest-ping");
        peer.say(error);
        ObjectNode again = hearSynchronization(peer);
        peer.say(ScriptedAgent.PARSE_ERROR.trim()).answer(again, "3");
        assertThat(ours)
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(RejectedException.class)
                .withMessageContaining("bad\\u001B[31m input");
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName(
            "an error at the begin that the agent confirms to be ours is a rejection; unconfirmed, the timeout shows"
                    + " it")
    void input1AnErrorAtTheBeginIsShown() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        String error = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"bad input\"}}";
        CompletableFuture<JsonNode> unconfirmed = client.execute(FREEZE.withTimeout(Duration.ofSeconds(2)));
        peer.hear("guest-fsfreeze-freeze");
        peer.say(error);
        hearSynchronization(peer);
        assertThat(unconfirmed)
                .failsWithin(SOON)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(CommandTimeoutException.class)
                .satisfies(timeout -> assertThat(timeout.getSuppressed()[0]).hasMessageContaining("bad input"));

        peer.close();
        await().until(() -> client.runstate() == Runstate.IDLE);
        CompletableFuture<Void> again = client.connect();
        Peer next = server.accept();
        again.join();
        CompletableFuture<JsonNode> confirmed = client.execute("guest-ping");
        next.hear("guest-ping");
        next.say(error);
        ObjectNode synchronization = hearSynchronization(next);
        next.say(ScriptedAgent.PARSE_ERROR.trim()).answer(synchronization, "1");
        assertThat(confirmed)
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(RejectedException.class)
                .withMessageContaining("bad input");
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    // ------------------------------------------------------------------ half a command, which a restarted agent reads

    private static final List<String> ERRORS_OF_HALF_A_COMMAND = List.of(
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, invalid keyword 'cute'\"}}",
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input must be a JSON object\"}}",
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, expecting value\"}}");

    @Test
    @DisplayName("half a command makes several errors: the first is its own, the others are not the next command's")
    void input1TheErrorsOfHalfACommandBelongToNoOther() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        CompletableFuture<JsonNode> whole = client.execute("guest-ping");
        peer.answer(peer.hear("guest-ping"), "1");
        assertThat(whole).succeedsWithin(SOON);

        CompletableFuture<JsonNode> half = client.execute("guest-file-write");
        CompletableFuture<JsonNode> next = client.execute("guest-file-close");
        peer.hear("guest-file-write");
        peer.say(ERRORS_OF_HALF_A_COMMAND.get(0));
        ObjectNode synchronization = hearSynchronization(peer);
        ERRORS_OF_HALF_A_COMMAND.stream().skip(1).forEach(peer::say);
        peer.say(ScriptedAgent.PARSE_ERROR.trim()).answer(synchronization, "2");
        peer.answer(peer.hear("guest-file-close"), "3");

        assertThat(half).failsWithin(SOON).withThrowableThat().withCauseInstanceOf(RejectedException.class);
        assertThat(next).succeedsWithin(SOON);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("without ids, too, the further errors of half a command are not the next command's")
    void input1TheErrorsOfHalfACommandBelongToNoOtherWithoutIds() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()).commandIds(false));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        CompletableFuture<JsonNode> half = client.execute("guest-file-write");
        CompletableFuture<JsonNode> next = client.execute("guest-file-close");
        answerSynchronization(peer);
        peer.hear("guest-file-write");

        peer.say(ERRORS_OF_HALF_A_COMMAND.get(0));
        ObjectNode synchronization = hearSynchronization(peer);
        ERRORS_OF_HALF_A_COMMAND.stream().skip(1).forEach(peer::say);
        peer.say(ScriptedAgent.PARSE_ERROR.trim());
        assertThat(next).isNotDone();
        peer.say("{\"return\": " + synchronization.path("arguments").get("id") + "}");
        peer.hear("guest-file-close");
        peer.say("{\"return\": {}}");

        assertThat(half).failsWithin(SOON).withThrowableThat().withCauseInstanceOf(RejectedException.class);
        assertThat(next).succeedsWithin(SOON);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    private static void answerSynchronization(Peer peer) {
        ObjectNode synchronization = hearSynchronization(peer);
        peer.say("{\"return\": " + synchronization.path("arguments").get("id") + "}");
    }

    @Test
    @DisplayName("an error during a disconnect does not hold up the commands behind it")
    void input1ADisconnectExecutesWhatIsQueuedBehindAnError() {
        ScriptedAgent agent = new ScriptedAgent(false);
        CountDownLatch executing = agent.hold("guest-bad");
        server.playWithEach(agent);
        client = build(builder -> builder.commandIds(false).disconnectTimeout(Duration.ofSeconds(20)));
        client.connect().join();
        CompletableFuture<JsonNode> bad = client.execute("guest-bad");
        CompletableFuture<JsonNode> behind = client.execute("guest-ping");
        await().until(() -> agent.executed().contains("guest-bad"));
        CompletableFuture<Void> disconnected = client.disconnect();
        await().until(() -> client.runstate() == Runstate.DISCONNECTING);

        executing.countDown();

        assertThat(bad).failsWithin(SOON).withThrowableThat().withCauseInstanceOf(RejectedException.class);
        assertThat(behind).succeedsWithin(SOON);
        assertThat(disconnected).succeedsWithin(SOON);
    }

    // ------------------------------------------------------------------ what a refusal of ids is not

    @Test
    @DisplayName("without ids, the refusal of an argument named id is the command's own")
    void input1ARefusedArgumentNamedIdIsARejection() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()).commandIds(false));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        CompletableFuture<JsonNode> command =
                client.execute(QmpCommand.of("guest-ping").withArgument("id", 5));
        answerSynchronization(peer);
        peer.hear("guest-ping");
        peer.say(ScriptedAgent.REFUSAL.trim());

        assertThat(command).failsWithin(SOON).withThrowableThat().withCauseInstanceOf(RejectedException.class);
    }

    @Test
    @DisplayName("a command without a reply that begins a session is executed by an agent that refuses ids, too")
    void input1ACommandWithoutReplyIsNotLostToARefusalOfItsId() {
        ScriptedAgent agent = connectTo(new ScriptedAgent(false));

        assertThat(client.execute(QmpCommand.of("guest-shutdown").withoutReply()))
                .succeedsWithin(SOON);

        assertThat(resultOf("guest-ping")).isEqualTo("guest-ping");
        assertThat(agent.executed()).containsExactly("guest-shutdown", "guest-ping");
    }

    @Test
    @DisplayName("the error of a command without a reply that begins a session is not the next command's")
    void input1TheErrorOfACommandWithoutReplyBelongsToNoOther() {
        client = build(builder -> builder.reconnect(ReconnectPolicy.never()));
        CompletableFuture<Void> connected = client.connect();
        Peer peer = server.accept();
        connected.join();
        assertThat(client.execute(QmpCommand.of("guest-shutdown").withoutReply()))
                .succeedsWithin(SOON);
        assertThat(peer.hear("guest-shutdown").get("id")).isNull();
        CompletableFuture<JsonNode> next = client.execute("guest-ping");
        ObjectNode ping = peer.hear("guest-ping");
        peer.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such mode\"}}");
        ObjectNode synchronization = hearSynchronization(peer);
        peer.answer(ping, "1").say(ScriptedAgent.PARSE_ERROR.trim()).answer(synchronization, "2");

        assertThat(next).succeedsWithin(SOON);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }
}

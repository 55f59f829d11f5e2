package dev.qmp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.CommandException;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.ScriptedAgent;
import dev.qmp.testing.ScriptedServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guest agent's type on agents that are silent, refuse ids, lose replies or go away. */
@Timeout(30)
class GuestAgentFaultTests {

    /** Passes soon, but not before a command is written, on a busy machine either. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final CommandHandler UNKNOWN_HANDLE =
            CommandHandler.rejecting("GenericError", "handle '1000' has not been found");

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .guestAgent()
            .name("agent")
            .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(200)))
            .disconnectTimeout(Duration.ofMillis(50))
            .build();
    private final GuestAgent agent = GuestAgent.of(client);

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private ScriptedAgent connectTo(ScriptedAgent scripted) {
        server.playWithEach(scripted);
        client.blocking().connect();
        return scripted;
    }

    private static ScriptedAgent frozenAgent(boolean takesIds) {
        return new ScriptedAgent(takesIds)
                .answer("guest-fsfreeze-freeze", "{\"return\": 2}")
                .answer("guest-fsfreeze-thaw", "{\"return\": 2}");
    }

    @Test
    void aHandleIsNotClosedForEverAfterTheClient() {
        client.close();

        assertThat(GuestFile.of(agent, "/f", 1000).closeAsync())
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCauseInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName("a socket behind which no agent reads: the answer is no, within the limit")
    void reportsThatNoAgentListens() {
        connectTo(new ScriptedAgent(true)).swallow(1_000_000);

        Duration brief = Duration.ofMillis(100);
        assertThat(agent.isListening(brief)).succeedsWithin(LIMIT).isEqualTo(false);
        assertThat(agent.blocking().isListening(brief)).isFalse();
        assertThatExceptionOfType(CommandTimeoutException.class)
                .isThrownBy(() -> agent.withTimeout(SHORT).blocking().ping());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("while a guest boots, many short questions do not end the session")
    void repeatedQuestionsDoNotEndTheSession(boolean blocking) {
        ScriptedAgent scripted = connectTo(new ScriptedAgent(true));
        scripted.swallow(1_000_000);

        Duration brief = Duration.ofMillis(120);
        for (int question = 0; question < 12; question++) {
            assertThat(
                            blocking
                                    ? agent.blocking().isListening(brief)
                                    : agent.isListening(brief).join())
                    .isFalse();
        }
        assertThat(client.status().lastEnd()).isNull();
        assertThat(client.status().abandoned()).isEqualTo(4);

        scripted.swallow(0);
        assertThat(
                        blocking
                                ? agent.blocking().isListening(LIMIT)
                                : agent.isListening(LIMIT).join())
                .isTrue();
        assertThat(client.status().abandoned()).isZero();
    }

    @Test
    @DisplayName("an interrupt ends the wait for an agent that has not answered several commands")
    void anInterruptEndsTheWaitForAnswers() {
        connectTo(new ScriptedAgent(true)).swallow(1_000_000);
        for (int question = 0; question < 4; question++) {
            assertThat(agent.isListening(Duration.ofMillis(50)).join()).isFalse();
        }
        await().until(() -> client.status().abandoned() == 4);
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread caller = new Thread(() -> outcome.complete(catchThrowable(() -> {
            try {
                agent.blocking().isListening(LIMIT);
            } finally {
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            }
        })));
        caller.start();
        await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
        caller.interrupt();

        assertThat(outcome).succeedsWithin(LIMIT).isInstanceOfSatisfying(NotSentException.class, e -> assertThat(
                        e.reason())
                .isEqualTo(NotSentException.Reason.INTERRUPTED));
    }

    @Test
    @DisplayName("without a session the answer is no, at once")
    void reportsThatThereIsNoSession() {
        assertThat(agent.isListening(LIMIT)).succeedsWithin(LIMIT).isEqualTo(false);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("each session begins with a synchronization, and an agent without ids works alike")
    void synchronizesFirst(boolean takesIds) {
        ScriptedAgent scripted = connectTo(new ScriptedAgent(takesIds));

        agent.blocking().ping();

        assertThat(scripted.heard().get(0)).startsWith("\uFFFD").contains("guest-sync-delimited");
        assertThat(scripted.executed()).containsExactly("guest-ping");
        assertThat(agent.blocking().isListening(LIMIT)).isTrue();
        assertThat(client.status().strayReplies()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("the file systems are thawed after the work, and the result is the work's")
    void thawsAfterTheWork(boolean takesIds) {
        ScriptedAgent scripted = connectTo(frozenAgent(takesIds));

        assertThat(agent.whileFrozen(LIMIT, () -> CompletableFuture.completedFuture("snapshot")))
                .succeedsWithin(LIMIT)
                .isEqualTo("snapshot");
        assertThat(agent.blocking().whileFrozen(LIMIT, () -> scripted.executed().size()))
                .isEqualTo(3);

        assertThat(scripted.executed())
                .containsExactly(
                        "guest-fsfreeze-freeze", "guest-fsfreeze-thaw", "guest-fsfreeze-freeze", "guest-fsfreeze-thaw");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a freeze whose reply is lost is followed by a thaw")
    void input2AFreezeWithoutAReplyIsThawed(boolean takesIds) {
        ScriptedAgent scripted = connectTo(frozenAgent(takesIds).mute("guest-fsfreeze-freeze"));
        agent.blocking().ping();

        assertThat(agent.whileFrozen(SHORT, () -> CompletableFuture.failedFuture(new AssertionError("no work"))))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCauseInstanceOf(CommandTimeoutException.class);
        assertThatExceptionOfType(CommandTimeoutException.class)
                .isThrownBy(() -> agent.blocking().whileFrozen(SHORT, () -> "no work"));

        assertThat(scripted.executed())
                .containsExactly(
                        "guest-ping",
                        "guest-fsfreeze-freeze",
                        "guest-fsfreeze-thaw",
                        "guest-fsfreeze-freeze",
                        "guest-fsfreeze-thaw");
    }

    @Test
    @DisplayName("work that throws, or fails later, and a caller that cancels, are followed by a thaw")
    void thawsAfterAFailure() {
        ScriptedAgent scripted = connectTo(frozenAgent(true));
        IllegalStateException failure = new IllegalStateException("no space");

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> agent.blocking().whileFrozen(LIMIT, () -> {
                    throw failure;
                }));
        assertThat(agent.whileFrozen(LIMIT, () -> {
                    throw failure;
                }))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCause(failure);
        CompletableFuture<String> endless = new CompletableFuture<>();
        CompletableFuture<String> cancelled = agent.whileFrozen(LIMIT, () -> endless);
        await().until(() -> scripted.executed().size() == 5);
        cancelled.cancel(false);

        await().until(() -> scripted.executed().size() == 6);
        assertThat(scripted.executed().get(5)).isEqualTo("guest-fsfreeze-thaw");
    }

    @Test
    @DisplayName("a thaw that is lost is repeated, in the next session too")
    void repeatsTheThaw() {
        ScriptedAgent scripted = connectTo(frozenAgent(true).mute("guest-fsfreeze-thaw"));
        GuestAgent hasty = agent.withTimeout(SHORT);
        CompletableFuture<String> result = hasty.whileFrozen(LIMIT, () -> CompletableFuture.completedFuture("done"));
        await().until(() -> scripted.executed().contains("guest-fsfreeze-thaw"));

        client.blocking().disconnect();
        scripted.answer("guest-fsfreeze-thaw", "{\"return\": 0}"); // a lost attempt has thawed them
        client.blocking().connect();

        assertThat(result).succeedsWithin(LIMIT).isEqualTo("done");
    }

    @Test
    @DisplayName("file systems that another program has thawed meanwhile are reported")
    void reportsAnEarlyThaw() {
        connectTo(frozenAgent(true).answer("guest-fsfreeze-thaw", "{\"return\": 0}"));

        assertThatExceptionOfType(FreezeException.class)
                .isThrownBy(() -> agent.blocking().whileFrozen(LIMIT, () -> "inconsistent"))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FreezeException.Kind.THAWED_TOO_EARLY));
    }

    @Test
    @DisplayName("a guest that ended the freeze by itself rejects the thaw: the work does not count as consistent")
    void reportsAThawThatIsRejectedBecauseTheFreezeDidNotHold() {
        String text = "couldn't hold writes: fsfreeze is limited up to 10 seconds: ";
        connectTo(frozenAgent(true)
                .reject("guest-fsfreeze-thaw", text)
                .answer("guest-fsfreeze-status", "{\"return\": \"thawed\"}"));

        assertThatExceptionOfType(FreezeException.class)
                .isThrownBy(() -> agent.blocking().whileFrozen(LIMIT, () -> "inconsistent"))
                .satisfies(GuestAgentFaultTests::assertMaybeThawedEarly);
        assertThat(agent.whileFrozen(LIMIT, () -> CompletableFuture.completedFuture("inconsistent")))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(FreezeException.class, GuestAgentFaultTests::assertMaybeThawedEarly);
    }

    private static void assertMaybeThawedEarly(FreezeException failure) {
        assertThat(failure.kind()).isEqualTo(FreezeException.Kind.THAWED_TOO_EARLY);
        assertThat(failure)
                .hasMessageContaining("may have been thawed early: ")
                .hasMessageContaining("couldn't hold writes")
                .hasCauseInstanceOf(RejectedException.class);
    }

    @Test
    @DisplayName("a thaw that was not sent has thawed nothing, so the next one reports whether the freeze held")
    void reportsAnEarlyThawAfterAThawThatWasNotSent() {
        connectTo(frozenAgent(true)
                .reject("guest-fsfreeze-thaw", "couldn't hold writes")
                .answer("guest-fsfreeze-status", "{\"return\": \"thawed\"}"));

        CompletableFuture<String> result = agent.whileFrozen(LIMIT, () -> {
            client.blocking().disconnect();
            return CompletableFuture.completedFuture("inconsistent");
        });
        await().until(() -> client.runstate() == Runstate.IDLE);
        client.blocking().connect();

        assertThat(result)
                .failsWithin(LIMIT)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(FreezeException.class, GuestAgentFaultTests::assertMaybeThawedEarly);
    }

    @Test
    @DisplayName("a thaw that was not sent is no reason to doubt a later reply that nothing was frozen")
    void namesNoUnsentThawAsTheCauseOfAnEarlyThaw() {
        connectTo(frozenAgent(true).answer("guest-fsfreeze-thaw", "{\"return\": 0}"));

        CompletableFuture<String> result = agent.whileFrozen(LIMIT, () -> {
            client.blocking().disconnect();
            return CompletableFuture.completedFuture("inconsistent");
        });
        await().until(() -> client.runstate() == Runstate.IDLE);
        client.blocking().connect();

        assertThat(result)
                .failsWithin(LIMIT)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(FreezeException.class)
                .withMessageContaining("were thawed before")
                .withNoCause();
    }

    @Test
    @DisplayName("a freeze that is rejected thaws nothing, because another program may have frozen")
    void doesNotThawAfterARejection() {
        ScriptedAgent scripted = connectTo(frozenAgent(true).reject("guest-fsfreeze-freeze", "already frozen"));

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> agent.blocking().whileFrozen(LIMIT, () -> "no work"))
                .withMessageContaining("already frozen");
        assertThat(scripted.executed()).containsExactly("guest-fsfreeze-freeze");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a shutdown without a reply succeeds; an error is reported; without an agent it is not sent")
    void shutsDown(boolean takesIds) {
        ScriptedAgent scripted = connectTo(new ScriptedAgent(takesIds).mute("guest-shutdown"));
        GuestAgent hasty = agent.withTimeout(Duration.ofSeconds(2)); // enough for an answer on a busy machine
        assertThat(hasty.shutdown(GuestShutdownMode.POWER_DOWN)).succeedsWithin(LIMIT);
        hasty.blocking().shutdown(GuestShutdownMode.REBOOT);
        assertThat(scripted.executed()).containsExactly("guest-ping", "guest-shutdown", "guest-ping", "guest-shutdown");

        scripted.reject("guest-suspend-ram", "not supported");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> hasty.blocking().suspend(GuestSuspendMode.RAM))
                .withMessageContaining("not supported");

        scripted.swallow(1_000_000);
        assertThat(hasty.shutdown(GuestShutdownMode.HALT))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCauseInstanceOf(CommandException.class)
                .withMessageContaining("guest-ping");
        assertThat(scripted.executed()).hasSize(6);
    }

    @Test
    @DisplayName("a program is found again after a disconnect, and one that the agent lost is reported")
    void findsAProgramAgain() {
        ScriptedAgent scripted = connectTo(new ScriptedAgent(true)
                .answer("guest-exec", "{\"return\": {\"pid\": 77}}")
                .answer("guest-exec-status", "{\"return\": {\"exited\": false}}"));
        GuestProgram program = agent.exec(ExecRequest.of("backup"));
        assertThat(program.pid()).succeedsWithin(LIMIT).isEqualTo(77L);
        client.blocking().disconnect();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> program.await(LIMIT));
        client.blocking().connect();

        GuestProgram attached = agent.attach(77, StandardCharsets.ISO_8859_1);
        scripted.answer(
                "guest-exec-status",
                "{\"return\": {\"exited\": true, \"exitcode\": 3, \"out-data\": \"5A==\", \"out-truncated\": true}}");

        ExecResult result = attached.await(LIMIT);
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.isSuccess()).isFalse();
        assertThat(result.output()).isEqualTo("\u00e4");
        assertThat(result.isTruncated()).isTrue();

        scripted.reject("guest-exec-status", "PID 77 does not exist");
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> agent.attach(77, StandardCharsets.UTF_8).await(LIMIT))
                .withMessageContaining("PID 77 does not exist");
    }

    @Test
    @DisplayName("the status of a program is read on after a lost connection")
    void goesOnAfterALostConnection() {
        ScriptedAgent scripted = new ScriptedAgent(true)
                .answer("guest-exec", "{\"return\": {\"pid\": 5}}")
                .answer("guest-exec-status", "{\"return\": {\"exited\": false}}");
        server.playWithEach(scripted);
        client.start();
        client.blocking().awaitRunning(LIMIT);
        GuestProgram program = agent.exec(ExecRequest.of("backup"));
        assertThat(program.pid()).succeedsWithin(LIMIT).isEqualTo(5L);

        server.closePeers();
        await().until(() -> client.status().reconnects() > 0);
        scripted.answer("guest-exec-status", "{\"return\": {\"exited\": true, \"exitcode\": 0}}");

        assertThat(program.await(LIMIT).isSuccess()).isTrue();
    }

    @Test
    @DisplayName("a client of a monitor is refused by name")
    void refusesAMonitor() {
        try (QmpServer monitor = QmpServer.builder("tcp:127.0.0.1:0").start();
                QmpClient other =
                        QmpClient.builder(monitor.endpoint()).name("vm1").build()) {
            other.blocking().connect();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GuestAgent.of(other))
                    .withMessageContaining("'vm1' is connected to a QMP monitor");
        }
    }

    @Test
    @DisplayName("a copy that is cancelled while the agent is away ends as cancelled, before the agent is back")
    void cancelsACopyWhileTheAgentIsAway() {
        ScriptedAgent scripted = connectTo(new ScriptedAgent(true)
                .answer("guest-file-open", "{\"return\": 1}")
                .mute("guest-file-seek"));
        Task<byte[]> copy =
                agent.withTimeout(SHORT).withOutageLimit(Duration.ofSeconds(10)).readFile("/etc/hosts", 1000);
        await().atMost(LIMIT).until(() -> scripted.executed().contains("guest-file-seek"));

        assertThat(copy.cancel()).succeedsWithin(LIMIT);

        assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> copy.await(LIMIT));
    }

    @Test
    @DisplayName("an upload fails if the agent ends before it has flushed the file, because its buffer is lost")
    void failsAnUploadWhoseAgentEndsBeforeTheFlush() {
        CommandHandler endsOnce = CommandHandler.inTurn(CommandHandler.hangingUp(), UNKNOWN_HANDLE);
        QmpServer.Builder builder =
                agentWithFiles().handler("guest-file-flush", endsOnce).handler("guest-file-close", endsOnce);
        try (QmpServer guest = builder.start();
                QmpClient other = reconnecting(guest)) {
            Task<Long> upload = GuestAgent.of(other).writeFile("/etc/motd", new byte[1000]);

            assertThatExceptionOfType(RejectedException.class)
                    .isThrownBy(() -> upload.await(LIMIT))
                    .withMessageContaining("handle '1000' has not been found");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a download is complete when all bytes are here, whether the agent goes away or was restarted then")
    void aDownloadDoesNotDependOnTheClose(boolean restarted, @TempDir Path folder) {
        Path target = folder.resolve("hosts");
        QmpServer.Builder builder = agentWithFiles()
                .handler(
                        "guest-file-read",
                        CommandHandler.inTurn(
                                CommandHandler.returning(Map.of("count", 3, "buf-b64", "YWJj", "eof", true)),
                                CommandHandler.returning(Map.of("count", 0, "buf-b64", "", "eof", true))))
                .handler("guest-file-close", restarted ? UNKNOWN_HANDLE : CommandHandler.hangingUp());
        try (QmpServer guest = builder.start();
                QmpClient other = reconnecting(guest)) {
            Task<Long> download = GuestAgent.of(other).download("/etc/hosts", target, 3);

            assertThat(download.await(LIMIT)).isEqualTo(3);

            assertThat(target).hasContent("abc");
            assertThat(folder).isDirectoryNotContaining("glob:**.part");
        }
    }

    @Test
    @DisplayName("an upload is complete after its flush, whether the agent goes away or was restarted then")
    void anUploadDoesNotWaitForTheCloseLonger() {
        CommandHandler flush = CommandHandler.returning(Map.of());
        for (CommandHandler close : List.of(UNKNOWN_HANDLE, CommandHandler.hangingUp())) {
            QmpServer.Builder builder =
                    agentWithFiles().handler("guest-file-flush", flush).handler("guest-file-close", close);
            try (QmpServer guest = builder.start();
                    QmpClient other = reconnecting(guest)) {
                assertThat(GuestAgent.of(other)
                                .writeFile("/etc/motd", new byte[1000])
                                .await(LIMIT))
                        .isEqualTo(1000);
            }
        }
    }

    @Test
    @DisplayName("an upload whose file system reports a late failure at the close fails")
    void reportsALateFailureOfAnUpload() {
        QmpServer.Builder builder = agentWithFiles()
                .handler("guest-file-flush", CommandHandler.returning(Map.of()))
                .handler(
                        "guest-file-close",
                        CommandHandler.rejecting("GenericError", "failed to close handle: Disk quota exceeded"));
        try (QmpServer guest = builder.start();
                QmpClient other = reconnecting(guest)) {
            Task<Long> upload = GuestAgent.of(other).writeFile("/mnt/nfs/dump", new byte[1000]);

            assertThatExceptionOfType(RejectedException.class)
                    .isThrownBy(() -> upload.await(LIMIT))
                    .withMessageContaining("Disk quota exceeded");
        }
    }

    @Test
    @DisplayName("closing a handle that the agent no longer has succeeds, at once and after a lost reply")
    void closesAHandleThatTheAgentLost() {
        ScriptedAgent scripted =
                connectTo(new ScriptedAgent(true).reject("guest-file-close", "handle '1000' has not been found"));
        assertThat(GuestFile.of(agent, "/f", 1000).closeAsync()).succeedsWithin(LIMIT);

        scripted.mute("guest-file-close");
        CompletableFuture<Void> closed =
                GuestFile.of(agent.withTimeout(SHORT), "/f", 1000).closeAsync();
        await().until(() -> scripted.executed().size() >= 2);
        scripted.reject("guest-file-close", "handle '1000' has not been found");
        assertThat(closed).succeedsWithin(LIMIT);

        assertThat(GuestFile.of(agent, "/f", 1001).closeAsync())
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withCauseInstanceOf(RejectedException.class);
    }

    /** A guest with one open file, which takes all bytes. */
    private static QmpServer.Builder agentWithFiles() {
        return QmpServer.builder("tcp:127.0.0.1:0")
                .guestAgent()
                .handler("guest-file-open", CommandHandler.returning(1000))
                .handler("guest-file-seek", command -> QmpJson.object()
                        .put("position", command.arguments().path("offset").asLong())
                        .put("eof", false))
                .handler("guest-file-write", command -> QmpJson.object()
                        .put(
                                "count",
                                GuestFile.decode(command.arguments()
                                                .path("buf-b64")
                                                .asString())
                                        .length)
                        .put("eof", false));
    }

    private static QmpClient reconnecting(QmpServer guest) {
        QmpClient client = QmpClient.builder(guest.endpoint())
                .guestAgent()
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(200)))
                .build();
        client.start();
        client.blocking().awaitRunning(LIMIT);
        return client;
    }

    @Test
    @DisplayName("a program that a cancellation has ended counts as cancelled, although a second one found no program")
    void cancelsAProgramTwice() {
        AtomicInteger kills = new AtomicInteger();
        AtomicBoolean ended = new AtomicBoolean();
        QmpServer.Builder killing = QmpServer.builder("tcp:127.0.0.1:0")
                .guestAgent()
                .handler("guest-get-osinfo", CommandHandler.returning(Map.of("id", "debian")))
                .handler("guest-exec", command -> {
                    boolean kill = command.arguments().path("path").asString("").equals("kill");
                    return QmpJson.object().put("pid", kill ? 100 + kills.incrementAndGet() : 7);
                })
                .handler("guest-exec-status", command -> switch (command.arguments()
                        .path("pid")
                        .asInt()) {
                    case 7 -> QmpJson.object().put("exited", ended.get()).put("signal", ended.get() ? 15 : null);
                    case 101 -> QmpJson.object().put("exited", true).put("exitcode", 0);
                    default -> QmpJson.object().put("exited", true).put("exitcode", 1);
                });
        try (QmpServer guest = killing.start();
                QmpClient other =
                        QmpClient.builder(guest.endpoint()).guestAgent().build()) {
            other.blocking().connect();
            GuestProgram program = GuestAgent.of(other).exec(ExecRequest.of("sleep", "600"));

            assertThat(program.cancel()).succeedsWithin(LIMIT);
            assertThat(program.cancel()).failsWithin(LIMIT);
            ended.set(true);

            assertThatExceptionOfType(TaskCancelledException.class).isThrownBy(() -> program.await(LIMIT));
        }
    }

    @Test
    @DisplayName("a program in Windows is ended by taskkill")
    void cancelsAProgramInWindows() {
        QmpServer.Builder windows = QmpServer.builder("tcp:127.0.0.1:0")
                .guestAgent()
                .handler("guest-get-osinfo", CommandHandler.returning(Map.of("id", "mswindows")))
                .handler(
                        "guest-exec",
                        CommandHandler.inTurn(
                                CommandHandler.returning(Map.of("pid", 7)), CommandHandler.returning(Map.of("pid", 8))))
                .handler("guest-exec-status", command -> QmpJson.object()
                        .put("exited", command.arguments().path("pid").asInt() == 8)
                        .put("exitcode", 0));
        try (QmpServer guest = windows.start();
                QmpClient other =
                        QmpClient.builder(guest.endpoint()).guestAgent().build()) {
            other.blocking().connect();

            assertThat(GuestAgent.of(other).exec(ExecRequest.of("notepad.exe")).cancel())
                    .succeedsWithin(LIMIT);

            assertThat(guest.received())
                    .filteredOn(command -> command.name().equals("guest-exec"))
                    .last()
                    .extracting(command -> command.arguments().path("path").asString("") + " "
                            + command.arguments().path("arg"))
                    .isEqualTo("taskkill [\"/F\",\"/T\",\"/PID\",\"7\"]");
        }
    }

    @Test
    @DisplayName("a program that ends by itself, before its cancellation finds it, has its own result")
    void endsBeforeItIsCancelled() {
        AtomicBoolean killing = new AtomicBoolean();
        AtomicBoolean ended = new AtomicBoolean();
        QmpServer.Builder missing = QmpServer.builder("tcp:127.0.0.1:0")
                .guestAgent()
                .handler("guest-get-osinfo", CommandHandler.returning(Map.of("id", "debian")))
                .handler("guest-exec", command -> {
                    boolean kill = command.arguments().path("path").asString("").equals("kill");
                    killing.compareAndSet(false, kill);
                    return QmpJson.object().put("pid", kill ? 100 : 7);
                })
                .handler("guest-exec-status", command -> {
                    if (command.arguments().path("pid").asInt() == 100) {
                        return QmpJson.object().put("exited", ended.get()).put("exitcode", 1);
                    }
                    ended.set(killing.get());
                    return QmpJson.object().put("exited", ended.get()).put("exitcode", 3);
                });
        try (QmpServer guest = missing.start();
                QmpClient other =
                        QmpClient.builder(guest.endpoint()).guestAgent().build()) {
            other.blocking().connect();
            GuestProgram program = GuestAgent.of(other).exec(ExecRequest.of("false"));
            CompletableFuture<?> cancelled = program.cancel();

            assertThat(program.await(LIMIT).exitCode()).isEqualTo(3);
            assertThat(cancelled.handle((none, failure) -> true)).succeedsWithin(LIMIT);
        }
    }

    @Test
    @DisplayName("a program that the agent has lost is not killed, because another may have its pid")
    void killsNoOtherProgram() {
        AtomicBoolean rebooted = new AtomicBoolean();
        AtomicInteger programs = new AtomicInteger();
        QmpServer.Builder repeating = QmpServer.builder("tcp:127.0.0.1:0")
                .guestAgent()
                .handler("guest-get-osinfo", command -> {
                    rebooted.set(true);
                    return QmpJson.object().put("id", "debian");
                })
                .handler("guest-exec", command -> QmpJson.object().put("pid", 160 + programs.incrementAndGet()))
                .handler("guest-exec-status", command -> {
                    if (rebooted.get()) {
                        throw new CommandRejection("GenericError", "Invalid parameter 'pid'");
                    }
                    return QmpJson.object().put("exited", false);
                });
        try (QmpServer guest = repeating.start();
                QmpClient other =
                        QmpClient.builder(guest.endpoint()).guestAgent().build()) {
            other.blocking().connect();
            GuestProgram program = GuestAgent.of(other).exec(ExecRequest.of("sleep", "600"));

            assertThat(program.pid()).succeedsWithin(LIMIT);
            assertThat(program.cancel().handle((none, failure) -> true)).succeedsWithin(LIMIT);
            assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> program.await(LIMIT));
            assertThat(programs).hasValue(1);
        }
    }
}

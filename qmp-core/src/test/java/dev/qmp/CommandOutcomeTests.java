package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.OverloadException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Whatever the server does, each command gets exactly one outcome, and the right one. */
@Timeout(20)
class CommandOutcomeTests {

    private final ScriptedServer server = ScriptedServer.start();
    private QmpClient client;
    private Peer peer;

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
            assertThat(client.status().queued()).isZero();
            assertThat(client.status().pending()).isZero();
            assertThat(client.status().orphaned()).isZero();
        }
        server.close();
    }

    private void connect() {
        connect(builder -> builder);
    }

    private void connect(UnaryOperator<QmpClientBuilder> options) {
        client = options.apply(QmpClient.builder(server.endpoint()).reconnect(ReconnectPolicy.never()))
                .disconnectTimeout(Duration.ofMillis(50))
                .build();
        peer = server.connect(client);
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        try {
            throw new AssertionError("succeeded with " + future.get(10, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (CancellationException e) {
            return e;
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }

    private void awaitIdle() {
        await().until(() -> client.runstate() == Runstate.IDLE);
    }

    private static QmpCommand quick(String name) {
        return QmpCommand.of(name).withTimeout(Duration.ofMillis(60));
    }

    // ------------------------------------------------------------------ deadlines

    @Test
    @DisplayName("#29 no reply: the command times out with an unknown outcome and keeps its place on the wire")
    void timesOut() {
        connect();
        Throwable failure = failureOf(client.execute(quick("slow")));

        assertThat(failure)
                .isInstanceOf(CommandTimeoutException.class)
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessage("slow has an unknown outcome: no reply within 60 ms");
        assertThat(client.status().orphaned()).isEqualTo(1);
        assertThat(client.status().pending()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("#30 late reply: dropped, the place is free again, nobody is called back")
    void dropsALateReply() {
        connect();
        CompletableFuture<JsonNode> slow = client.execute(quick("slow"));
        ObjectNode command = peer.hear("slow");
        assertThat(failureOf(slow)).isInstanceOf(CommandTimeoutException.class);

        peer.answer(command, "{\"late\": true}");

        await().until(() -> client.status().orphaned() == 0);
        assertThat(slow).isCompletedExceptionally();
        assertThat(client.status().strayReplies()).isZero();
        CompletableFuture<JsonNode> next = client.execute("next");
        peer.answer(peer.hear("next"), "1");
        assertThat(next.join().intValue()).isEqualTo(1);
    }

    @Test
    @DisplayName("#31 orphan limit: after nine timed out commands the server counts as stalled")
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
                .commandTimeout(Duration.ofMillis(500))
                .livenessTimeout(Duration.ZERO));
        int window = outOfBand ? 8 : 1;
        for (int i = 0; i < window; i++) {
            CompletableFuture<JsonNode> slow = client.execute("slow");
            peer.hear("slow");
            slow.cancel(false);
        }
        await().until(() -> client.status().orphaned() == window);
        assertThat(failureOf(client.execute(QmpCommand.of("hasty").withTimeout(Duration.ofMillis(1)))))
                .isInstanceOf(NotSentException.class);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);

        assertThat(failureOf(client.execute("next")))
                .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                        .isEqualTo(NotSentException.Reason.TIMED_OUT));
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOf(ConnectionLostException.class)
                .hasMessage("the server is stalled: " + window + " commands are unanswered");
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
    @DisplayName("#36 a big command has the time that a server needs to read it, besides its own")
    void givesABigCommandMoreTime() {
        connect();
        QmpCommand big = QmpCommand.of("big", Map.of("data", "x".repeat(40_000)));

        assertThat(failureOf(client.execute(big.withTimeout(Duration.ofMillis(50)))))
                .hasMessageContaining("no reply within 250 ms");
    }

    @Test
    @DisplayName("#29 a command that times out in the queue was certainly not sent, and never is")
    void timesOutInTheQueue() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");

        Throwable failure = failureOf(client.execute(quick("second")));

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

    @Test
    @DisplayName("#33 window: eight commands in band on the wire, the ninth waits, one out of band overtakes it")
    void keepsTheWindow() {
        connect();
        List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            commands.add(client.execute("c" + i));
        }
        List<ObjectNode> heard = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            heard.add(peer.hear("c" + i));
        }
        CompletableFuture<JsonNode> urgent =
                client.execute(QmpCommand.of("urgent").outOfBand());
        peer.answer(peer.hear("urgent"), "{}");
        urgent.join();
        assertThat(client.status().pending()).isEqualTo(8);
        assertThat(client.status().queued()).isEqualTo(12);

        for (int i = 8; i < 20; i++) {
            peer.answer(heard.remove(0), "{}");
            heard.add(peer.hear("c" + i));
        }
        heard.forEach(command -> peer.answer(command, "{}"));
        commands.forEach(CompletableFuture::join);
    }

    // ------------------------------------------------------------------ queue

    @Test
    @DisplayName("#34 queue full: the next command fails at once, and there is room again later")
    void refusesWhenTheQueueIsFull() {
        connect(builder -> builder.outOfBand(false).queueCapacity(3));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");
        List<CompletableFuture<JsonNode>> queued = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            queued.add(client.execute("queued"));
        }

        assertThat(failureOf(client.execute("one-too-many")))
                .isInstanceOf(OverloadException.class)
                .hasMessage("one-too-many was not sent: the queue is full (3 commands)");

        peer.answer(firstCommand, "{}");
        first.join();
        queued.forEach(command -> {
            peer.answer(peer.hear("queued"), "{}");
            command.join();
        });
        assertThat(client.status().queued()).isZero();
    }

    @Test
    @DisplayName("#36 big command: refused before a byte is sent, the connection is untouched")
    void refusesABigCommand() {
        connect(builder -> builder.maxCommandSize(1000));

        Throwable failure = failureOf(client.execute("big", Map.of("data", "x".repeat(2000))));

        assertThat(failure).isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                .isEqualTo(NotSentException.Reason.UNSENDABLE));
        CompletableFuture<JsonNode> next = client.execute("next");
        peer.answer(peer.hear("next"), "{}");
        next.join();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\uD800", "\uDC00x", "\uFFFF", "\uFFFE", "\uFDD0", "\uFDEF", "\uD83F\uDFFE", "\uDBFF\uDFFF"})
    @DisplayName("#37 what QEMU could not parse is never sent")
    void refusesWhatCannotBeParsed(String text) {
        connect();
        ObjectNode nan = QmpJson.object().put("x", Double.NaN);

        assertThat(failureOf(client.execute("bad", Map.of("text", text)))).isInstanceOf(NotSentException.class);
        assertThat(failureOf(client.execute("bad", Map.of(text, 1)))).isInstanceOf(NotSentException.class);
        assertThat(failureOf(client.execute("bad" + text))).isInstanceOf(NotSentException.class);
        assertThat(failureOf(client.execute("bad", nan))).isInstanceOf(NotSentException.class);

        CompletableFuture<JsonNode> next = client.execute("next", Map.of("pair", "\uD83D\uDE00\uFDCF\uFDF0\uFFFD"));
        ObjectNode heard = peer.hear("next");
        assertThat(heard.at("/arguments/pair").stringValue()).isEqualTo("\uD83D\uDE00\uFDCF\uFDF0\uFFFD");
        peer.answer(heard, "{}");
        next.join();
    }

    // ------------------------------------------------------------------ giving up

    @Test
    @DisplayName("#45 cancelled before the write: the command is withdrawn")
    void withdrawsACancelledCommand() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");
        CompletableFuture<JsonNode> second = client.execute("second");
        CompletableFuture<JsonNode> third = client.execute("third");

        assertThat(second.cancel(true)).isTrue();

        await().until(() -> client.status().queued() == 1);
        peer.answer(firstCommand, "{}");
        peer.answer(peer.hear("third"), "{}");
        first.join();
        third.join();
        assertThat(second).isCancelled();
        assertThat(client.status().orphaned()).isZero();
    }

    @Test
    @DisplayName("#45 cancelled after the write: the reply is dropped when it comes")
    void orphansACancelledCommand() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        ObjectNode heard = peer.hear("first");

        command.cancel(false);

        await().until(() -> client.status().orphaned() == 1);
        peer.answer(heard, "{}");
        await().until(() -> client.status().orphaned() == 0);
        assertThat(command).isCancelled();
        assertThat(client.status().strayReplies()).isZero();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName(
            "#45 a deadline of the future's holder withdraws a queued command, and leaves an orphan of a written one")
    void isAbandonedByADeadlineOfItsHolder() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> written = client.execute("first");
        ObjectNode heard = peer.hear("first");
        CompletableFuture<JsonNode> queued = client.execute("second").orTimeout(1, TimeUnit.MILLISECONDS);

        assertThat(failureOf(queued)).isInstanceOf(TimeoutException.class);
        await().until(() -> client.status().queued() == 0);
        written.completeOnTimeout(QmpJson.object(), 1, TimeUnit.MILLISECONDS);
        await().until(() -> client.status().orphaned() == 1);
        assertThat(written.join().isEmpty()).isTrue();

        peer.answer(heard, "{\"late\": true}");
        CompletableFuture<JsonNode> third = client.execute("third");
        peer.answer(peer.hear("third"), "{}");
        third.join();
        assertThat(client.status().strayReplies()).isZero();
    }

    @Test
    @DisplayName("#45 a caller who is interrupted already sends nothing")
    void refusesAnInterruptedCaller() throws InterruptedException {
        connect();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            Thread.currentThread().interrupt();
            failure.set(catchThrowable(() -> client.blocking().execute("first")));
        });
        caller.start();
        caller.join();

        assertThat(failure.get()).isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                .isEqualTo(NotSentException.Reason.INTERRUPTED));
        CompletableFuture<JsonNode> next = client.execute("next");
        peer.answer(peer.hear("next"), "{}");
        next.join();
    }

    @Test
    @DisplayName("#45 an interrupted caller of a written command gets an unknown outcome, and stays interrupted")
    void interruptsAWaitingCaller() throws InterruptedException {
        connect();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = callBlocking("first", failure);
        peer.hear("first");

        caller.interrupt();
        caller.join();

        assertThat(failure.get())
                .isInstanceOfSatisfying(OutcomeUnknownException.class, unknown -> assertThat(unknown.reason())
                        .isEqualTo(OutcomeUnknownException.Reason.INTERRUPTED))
                .hasSuppressedException(new IllegalStateException("still interrupted"));
    }

    @Test
    @DisplayName("#45 an interrupted caller of a queued command knows that it was not sent")
    void interruptsAQueuedCaller() throws InterruptedException {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> first = client.execute("first");
        ObjectNode firstCommand = peer.hear("first");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = callBlocking("second", failure);
        await().until(() -> client.status().queued() == 1);

        caller.interrupt();
        caller.join();

        assertThat(failure.get()).isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                .isEqualTo(NotSentException.Reason.INTERRUPTED));
        peer.answer(firstCommand, "{}");
        first.join();
    }

    private Thread callBlocking(String command, AtomicReference<Throwable> failure) {
        Thread caller = new Thread(() -> {
            try {
                client.blocking().execute(command);
            } catch (RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    e.addSuppressed(new IllegalStateException("still interrupted"));
                }
                failure.set(e);
            }
        });
        caller.start();
        return caller;
    }

    @Test
    @DisplayName("G1 a blocking call on the event loop is refused")
    void refusesToBlockTheLoop() {
        connect(builder -> builder.callbackExecutor(Runnable::run));
        CompletableFuture<Throwable> refusal = client.execute("first").handle((result, failure) -> {
            try {
                client.blocking().execute("second");
                return new AssertionError("not refused");
            } catch (IllegalStateException e) {
                return e;
            }
        });
        peer.answer(peer.hear("first"), "{}");

        assertThat(refusal.join()).isInstanceOf(IllegalStateException.class);
    }

    // ------------------------------------------------------------------ what the server may do wrong

    @ParameterizedTest
    @ValueSource(strings = {"42", "null", "{\"a\": 1}", "\"of somebody else\"", "[]", "true"})
    @DisplayName("C6 #41 unknown id: dropped and counted")
    void dropsForeignReplies(String id) {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        ObjectNode heard = peer.hear("first");

        try (LogRecorder log = LogRecorder.of("dev.qmp")) {
            peer.say("{\"return\": {\"foreign\": true}, \"id\": " + id + "}");
            peer.say("{\"return\": {\"foreign\": true}}");
            peer.answer(heard, "{\"own\": true}");

            assertThat(command.join().has("own")).isTrue();
            assertThat(log.at(Level.WARN)).isNotEmpty();
        }
        assertThat(client.status().strayReplies()).isEqualTo(2);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("#41 more than a hundred unknown ids end the session")
    void endsAtTooManyForeignReplies() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        peer.hear("first");

        try (LogRecorder log = LogRecorder.of("dev.qmp")) {
            for (int i = 0; i < 101; i++) {
                peer.say("{\"return\": {}, \"id\": " + i + "}");
            }

            assertThat(failureOf(command)).isInstanceOf(OutcomeUnknownException.class);
            awaitIdle();
            assertThat(log.at(Level.WARN)).hasSizeBetween(1, 2);
        }
        assertThat(client.status().lastError()).isInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("#42 double reply: the first wins")
    void takesTheFirstOfTwoReplies() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        ObjectNode heard = peer.hear("first");

        peer.answer(heard, "1").answer(heard, "2");

        assertThat(command.join().intValue()).isEqualTo(1);
        await().until(() -> client.status().strayReplies() == 1);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("#39 error without id ends the session: nobody knows which command failed")
    void endsAtAnErrorWithoutId() {
        connect();
        CompletableFuture<JsonNode> first = client.execute("first");
        CompletableFuture<JsonNode> second = client.execute("second");
        peer.hear("first");
        peer.hear("second");

        peer.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, invalid keyword\"}}");

        assertThat(failureOf(first)).isInstanceOf(OutcomeUnknownException.class);
        assertThat(failureOf(second)).isInstanceOf(OutcomeUnknownException.class);
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ProtocolException.class, e -> assertThat(e.violation())
                        .isEqualTo(Violation.UNATTRIBUTED_ERROR));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"return\": {}, \"error\": {\"class\": \"A\", \"desc\": \"B\"}, \"id\": ID}",
                "{\"id\": ID}",
                "{\"error\": {}, \"id\": ID}",
                "{\"error\": \"text\", \"id\": ID}",
                "{\"error\": {\"class\": 1, \"desc\": \"B\"}, \"id\": ID}",
                "{\"return\": {}, \"event\": \"STOP\", \"id\": ID}",
                "{\"return\": {}, \"return\": {}, \"id\": ID}",
                "{\"return\": {}, \"id\": ID, \"id\": ID}",
                "{\"return\": {\"a\": 1, \"a\": 2}, \"id\": ID}",
                "{\"return\": inf, \"id\": ID}",
                "{\"return\": nan, \"id\": ID}",
                "{\"return\": 01, \"id\": ID}",
                "{\"return\": {}]",
                "[{\"return\": {}, \"id\": ID}]",
                "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 1, \"minor\": 1, \"micro\": 1}, \"package\": \"\"},"
                        + " \"capabilities\": []}}"
            })
    @DisplayName("#43 #62 #63 malformed reply: the outcome is unknown, and the session is over")
    void endsAtAMalformedReply(String line) {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        ObjectNode heard = peer.hear("first");

        peer.say(line.replace("ID", heard.get("id").toString()));

        assertThat(failureOf(command))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasCauseInstanceOf(ProtocolException.class);
        awaitIdle();
        assertThat(client.status().lastError()).isInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("C4 #38 server error: class and description are kept, the connection is fine")
    void tellsAServerError() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        peer.reject(peer.hear("first"), "BrandNewClass", "line 1\nline 2\u001B[31m");

        assertThat(failureOf(command)).isInstanceOfSatisfying(RejectedException.class, rejection -> {
            assertThat(rejection.errorClass()).isEqualTo("BrandNewClass");
            assertThat(rejection.description()).isEqualTo("line 1\nline 2\u001B[31m");
            assertThat(rejection).hasMessage("first was rejected: BrandNewClass: line 1\\u000Aline 2\\u001B[31m");
        });
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    record Status(boolean running) {}

    @Test
    @DisplayName("#44 wrong shape: only that command fails")
    void failsOnlyTheCommandWhoseResultDoesNotFit() {
        connect();
        CompletableFuture<Status> wrong = client.execute("first", Status.class);
        CompletableFuture<Status> right = client.execute("second", Status.class);
        peer.answer(peer.hear("first"), "{\"running\": \"hunter2\"}");
        peer.answer(peer.hear("second"), "{\"running\": true, \"new-member\": 1}");

        assertThat(failureOf(wrong)).isInstanceOf(ResultException.class).hasMessageNotContaining("hunter2");
        assertThat(right.join().running()).isTrue();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                client.blocking().execute("third", Status.class);
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        caller.start();
        peer.answer(peer.hear("third"), "[]");
        await().untilAsserted(() -> assertThat(failure.get()).isInstanceOf(ResultException.class));
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    // ------------------------------------------------------------------ the end of the session

    @Test
    @DisplayName("C5 #23 #25 half reply: what was written is unknown, what was queued was not sent")
    void tellsFateWhenThePeerHangsUpInAReply() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> written = client.execute("first");
        CompletableFuture<JsonNode> queued = client.execute("second");
        ObjectNode heard = peer.hear("first");

        peer.sayPart("{\"return\": {}, \"id\": " + heard.get("id"));
        peer.close();

        assertThat(failureOf(written))
                .isInstanceOfSatisfying(OutcomeUnknownException.class, unknown -> assertThat(unknown.reason())
                        .isEqualTo(OutcomeUnknownException.Reason.DISCONNECTED));
        assertThat(failureOf(queued))
                .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                        .isEqualTo(NotSentException.Reason.DISCONNECTED));
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.violation()).isEqualTo(Violation.TRUNCATED));
    }

    @Test
    @DisplayName("#26 what came before the end is delivered")
    void deliversWhatCameBeforeTheEnd() {
        connect();
        CompletableFuture<JsonNode> answered = client.execute("first");
        CompletableFuture<JsonNode> unanswered = client.execute("second");
        ObjectNode heard = peer.hear("first");
        peer.hear("second");

        peer.answer(heard, "{\"last\": true}");
        peer.close();

        assertThat(answered.join().has("last")).isTrue();
        assertThat(failureOf(unanswered)).isInstanceOf(OutcomeUnknownException.class);
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isEndOfStream())
                        .isTrue());
    }

    @Test
    @DisplayName("#47 without a session a command fails at once, not sent")
    void refusesWithoutASession() {
        connect();
        client.disconnect().join();

        assertThat(failureOf(client.execute("first")))
                .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                        .isEqualTo(NotSentException.Reason.NOT_CONNECTED));
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> client.blocking().execute("first"));
        assertThatThrownBy(() -> client.blocking().executeRaw(QmpJson.object().put("nonsense", 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("#47 each of many commands that race a disconnect has one outcome")
    void givesOneOutcomeEachInARaceWithDisconnect() {
        connect(builder -> builder.queueCapacity(100_000));
        List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 200; i++) {
                    CompletableFuture<JsonNode> command = client.execute("c");
                    synchronized (commands) {
                        commands.add(command);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        peer.hear("c");
        peer.close();

        threads.forEach(thread -> {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(commands).hasSize(1600);
        long unknown = commands.stream()
                .map(CommandOutcomeTests::failureOf)
                .peek(failure ->
                        assertThat(failure).isInstanceOfAny(NotSentException.class, OutcomeUnknownException.class))
                .filter(OutcomeUnknownException.class::isInstance)
                .count();
        assertThat(unknown).isBetween(1L, 8L);
    }

    // ------------------------------------------------------------------ the application's own faults

    @Test
    @DisplayName("#46 a continuation that throws, blocks or closes the client harms nobody")
    void survivesBadContinuations() {
        connect();
        CompletableFuture<JsonNode> first = client.execute("first");
        first.thenRun(() -> {
            throw new IllegalStateException("of the application");
        });
        CompletableFuture<JsonNode> nested =
                first.thenApply(result -> client.blocking().execute("nested"));
        peer.answer(peer.hear("first"), "{}");
        peer.answer(peer.hear("nested"), "{\"nested\": true}");
        assertThat(nested.join().has("nested")).isTrue();

        CompletableFuture<JsonNode> last = client.execute("last");
        CompletableFuture<Void> closed = last.thenRun(client::close);
        peer.answer(peer.hear("last"), "{}");
        closed.join();
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("G1 futures complete even if their executor is shut down")
    void completesWithoutAnExecutor() {
        connect(builder -> builder.callbackExecutor(task -> {
            throw new RejectedExecutionException("shut down");
        }));
        CompletableFuture<JsonNode> command = client.execute("first");
        peer.answer(peer.hear("first"), "{}");

        assertThat(command.join()).isNotNull();
    }

    @Test
    @DisplayName("G1 futures complete even if there is no thread for them")
    void completesWithoutAThread() {
        AtomicBoolean exhausted = new AtomicBoolean();
        connect(builder -> builder.callbackExecutor(task -> {
            if (exhausted.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            task.run();
        }));
        CompletableFuture<JsonNode> command = client.execute("first");
        ObjectNode heard = peer.hear("first");
        exhausted.set(true);

        peer.answer(heard, "1");
        assertThat(command.join().intValue()).isEqualTo(1);
        exhausted.set(false);
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    @Test
    @DisplayName("G1 a command observer that throws cannot keep a command from its outcome")
    void survivesAThrowingObserver() {
        connect(builder -> builder.commandObserver((issuer, command) -> {
            if (command.name().equals("first")) {
                throw new AssertionError("of the observer");
            }
            return failure -> {
                throw new StackOverflowError("of the observer");
            };
        }));
        CompletableFuture<JsonNode> first = client.execute("first");
        peer.answer(peer.hear("first"), "1");
        CompletableFuture<JsonNode> second = client.execute("second");
        peer.answer(peer.hear("second"), "2");
        CompletableFuture<JsonNode> third = client.execute("third");
        peer.hear("third");
        peer.close();

        assertThat(first.join().intValue()).isEqualTo(1);
        assertThat(second.join().intValue()).isEqualTo(2);
        assertThat(failureOf(third)).isInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    @DisplayName("#81 nothing that is given as a value becomes a command, or a member, of its own")
    void keepsValuesValues() {
        connect();
        String hostile = "x\"}}\n{\"execute\": \"quit\"}\r\n\u0000\u2028\\";
        CompletableFuture<JsonNode> reply =
                client.execute(QmpCommand.of("first").withArgument(hostile, hostile));
        ObjectNode heard = peer.hear("first");
        assertThat(heard.get("arguments").get(hostile).stringValue()).isEqualTo(hostile);
        assertThat(heard.size()).isEqualTo(3);
        peer.answer(heard, "1");
        assertThat(reply.join().intValue()).isEqualTo(1);
    }

    @Test
    @DisplayName("C3 G3 two callers that choose the same id are answered each with their own")
    void tellsApartTwoOfTheSameId() {
        connect();
        CompletableFuture<ObjectNode> first =
                client.executeRaw(QmpJson.object().put("execute", "first").put("id", 7));
        CompletableFuture<ObjectNode> second =
                client.executeRaw(QmpJson.object().put("execute", "second").put("id", 7));
        ObjectNode one = peer.hear("first");
        ObjectNode other = peer.hear("second");

        peer.answer(other, "2").answer(one, "1");

        assertThat(first.join().get("return").intValue()).isEqualTo(1);
        assertThat(second.join().get("return").intValue()).isEqualTo(2);
    }

    @Test
    @DisplayName("C3 G3 raw messages go as they are, but for the id, and errors come back as they are")
    void sendsRawMessages() {
        connect();
        ObjectNode message =
                QmpJson.object().put("execute", "first").put("id", 7).put("x-extra", true);
        CompletableFuture<ObjectNode> reply = client.executeRaw(message);
        ObjectNode heard = peer.hear("first");
        assertThat(heard.get("x-extra").booleanValue()).isTrue();
        assertThat(heard.get("id").isString()).isTrue();
        peer.reject(heard, "GenericError", "no");

        assertThat(reply.join().toString())
                .isEqualTo("{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"},\"id\":7}");
    }
}

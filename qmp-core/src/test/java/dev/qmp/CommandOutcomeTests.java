package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.MappingException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.Waits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Each command gets exactly one outcome, and the right one, for any behaviour of the server. */
class CommandOutcomeTests extends OnScriptedServer {

    private static final String WITHOUT_ID =
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}";

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
    @DisplayName("#39 error without id, one command on the wire: it is that command's, and the session goes on")
    void input1AnErrorWithoutIdBelongsToTheOnlyCommandOnTheWire() {
        connect();
        CompletableFuture<JsonNode> first = client.execute("first");
        peer.hear("first");

        peer.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"invalid\\r\\nkeyword\"}}");

        assertThat(failureOf(first))
                .isInstanceOf(RejectedException.class)
                .hasMessage("first was rejected: GenericError: invalid\\u000D\\u000Akeyword");
        CompletableFuture<JsonNode> second = client.execute("second");
        peer.answer(peer.hear("second"), "{}");
        second.join();
        assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
    }

    /** {@return a command on the wire, after an error without an id that rejected the one before} */
    private CompletableFuture<JsonNode> commandAfterAnErrorWithoutId() {
        CompletableFuture<JsonNode> unparsable = client.execute("first");
        peer.hear("first");
        peer.say(WITHOUT_ID);
        assertThat(failureOf(unparsable)).isInstanceOf(RejectedException.class);
        return client.execute("second");
    }

    @ParameterizedTest(name = "after [{0}]")
    @ValueSource(strings = {"", "{\"return\": {}}"})
    @DisplayName("#39 a second error without id can be the first command's, also after a result that is of no command")
    void input1ASecondErrorWithoutIdEndsTheSession(String between) {
        connect();
        CompletableFuture<JsonNode> next = commandAfterAnErrorWithoutId();
        peer.hear("second");

        peer.say(between).say(WITHOUT_ID);

        assertThat(failureOf(next)).isInstanceOf(OutcomeUnknownException.class);
        awaitIdle();
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ProtocolException.class, e -> assertThat(e.violation())
                        .isEqualTo(Violation.UNATTRIBUTED_ERROR));
    }

    @Test
    @DisplayName("#39 an error without id is the only command's again after a reply with an id")
    void input1AReplyWithAnIdEndsTheDoubt() {
        connect();
        for (int i = 0; i < 2; i++) {
            CompletableFuture<JsonNode> next = commandAfterAnErrorWithoutId();
            peer.answer(peer.hear("second"), "{}");
            next.join();
        }
    }

    @Test
    @DisplayName("#39 error without id, two commands on the wire: it ends the session, which shows the error's text")
    void input1AnErrorWithoutIdEndsTheSessionIfItCanBeOfEither() {
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
                .hasMessage("the server sent an error without an id: GenericError: JSON parse error, invalid keyword")
                .isInstanceOfSatisfying(ProtocolException.class, e -> assertThat(e.violation())
                        .isEqualTo(Violation.UNATTRIBUTED_ERROR));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"return\": {}, \"error\": {\"class\": \"A\", \"desc\": \"B\"}, \"id\": ID}",
                "{\"id\": ID}",
                "{}",
                "{\"x-new\": 1}",
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

    @Test
    @DisplayName("C4 #38 an error without a text is an error, too")
    void tellsAnErrorWithoutText() {
        connect();
        CompletableFuture<JsonNode> command = client.execute("first");
        peer.reject(peer.hear("first"), "", "");

        assertThat(failureOf(command)).isInstanceOfSatisfying(RejectedException.class, rejection -> {
            assertThat(rejection.errorClass()).isEmpty();
            assertThat(rejection.description()).isEmpty();
        });
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
    @DisplayName("C5 own disconnect: what was written is unknown, what was queued was not sent")
    void tellsFateAtTheOwnDisconnect() {
        connect(builder -> builder.outOfBand(false));
        CompletableFuture<JsonNode> written = client.execute("first");
        CompletableFuture<JsonNode> queued = client.execute("second");
        peer.hear("first");
        assertThat(client.status().pending()).isEqualTo(1);
        assertThat(client.status().queued()).isEqualTo(1);

        client.disconnect().join();

        assertThat(failureOf(written))
                .isExactlyInstanceOf(OutcomeUnknownException.class)
                .isInstanceOfSatisfying(OutcomeUnknownException.class, unknown -> assertThat(unknown.reason())
                        .isEqualTo(OutcomeUnknownException.Reason.DISCONNECTED));
        assertThat(failureOf(queued))
                .isExactlyInstanceOf(NotSentException.class)
                .isInstanceOfSatisfying(NotSentException.class, notSent -> assertThat(notSent.reason())
                        .isEqualTo(NotSentException.Reason.DISCONNECTED));
        assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        assertThat(client.status().lastError()).isNull();
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
                .map(Waits::failureOf)
                .peek(failure ->
                        assertThat(failure).isInstanceOfAny(NotSentException.class, OutcomeUnknownException.class))
                .filter(OutcomeUnknownException.class::isInstance)
                .count();
        assertThat(unknown).isBetween(1L, 8L);
    }

    // ------------------------------------------------------------------ ids and values

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
    @DisplayName("C3 G3 raw messages go as they are, but for the id; of an error, class and text come back")
    void sendsRawMessages() {
        connect();
        ObjectNode message =
                QmpJson.object().put("execute", "first").put("id", 7).put("x-extra", true);
        CompletableFuture<ObjectNode> reply = client.executeRaw(message);
        ObjectNode heard = peer.hear("first");
        assertThat(heard.get("x-extra").booleanValue()).isTrue();
        assertThat(heard.get("id").isString()).isTrue();
        peer.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\", \"x-new\": 1}, \"x-new\": 1, \"id\": "
                + heard.get("id") + "}");

        assertThat(reply.join().toString())
                .isEqualTo("{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"},\"id\":7}");
    }

    @Test
    @DisplayName("the observer of a raw command that the machine rejects receives the rejection")
    void observesTheRejectionOfARawCommand() {
        AtomicReference<Throwable> observed = new AtomicReference<>();
        client = QmpClient.builder(server.endpoint())
                .commandObserver((observer, command) -> observed::set)
                .build();
        peer = server.connect(client);
        CompletableFuture<ObjectNode> reply = client.executeRaw(QmpJson.object().put("execute", "first"));
        peer.reject(peer.hear("first"), "GenericError", "no");

        assertThat(reply.join().has("error")).isTrue();
        assertThat(observed.get()).isInstanceOf(RejectedException.class);
    }

    @Test
    @DisplayName("a command's id is its own: neither the caller's message nor a reply shares it")
    void copiesItsId() {
        connect();
        ObjectNode message = QmpJson.object().put("execute", "first");
        ObjectNode id = message.putObject("id").put("n", 1);
        QmpCommand command = QmpCommand.fromMessage(message);
        CompletableFuture<ObjectNode> raw = client.executeRaw(message);
        id.put("n", 2);
        peer.answer(peer.hear("first"), "1");

        assertThat(command.id().toString()).isEqualTo("{\"n\":1}");
        assertThat(raw.join().get("id").toString()).isEqualTo("{\"n\":1}");
        JsonNode text = QmpJson.toTree("7");
        assertThat(command.withId(text).id()).isSameAs(text);
    }

    @Test
    @DisplayName("a result that is not a path is a failure of the result, which does not quote it")
    void refusesAResultThatIsNotAPath() {
        connect();
        CompletableFuture<Path> reply = client.execute(QmpCommand.of("first"), Path.class);
        peer.answer(peer.hear("first"), "\"/run/secret\\u0000\"");
        assertThatThrownBy(reply::join)
                .cause()
                .isInstanceOf(MappingException.class)
                .hasMessageContaining("the text is not a path")
                .hasMessageNotContaining("secret");
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.qmp.device.Backend;
import dev.qmp.device.PlugFailedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.power.GuestStatus;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.type.RunState;
import dev.qmp.task.Progress;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import dev.qmp.task.TaskWaitException;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import tools.jackson.databind.node.ObjectNode;

/** Data of the wire appears nowhere else, at no log level, and a peer cannot forge a log line. */
@Timeout(20)
class SecretsTests {

    private static final String CANARY = "hunter2";

    private final ScriptedServer server = ScriptedServer.start();
    private final LogRecorder log = LogRecorder.of(Logger.ROOT_LOGGER_NAME);
    private final LogRecorder netty = LogRecorder.of("io.netty"); // has a level of its own
    private final List<String> texts = new CopyOnWriteArrayList<>();
    private final QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(Duration.ofMillis(50))
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
        log.close();
        netty.close();
    }

    private void tell(Object object) {
        texts.add(String.valueOf(object));
    }

    private void tellFailureOf(CompletableFuture<?> future) {
        try {
            throw new AssertionError("succeeded with " + future.get(10, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            texts.add(trace.toString());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }

    private List<String> logged() {
        List<String> lines = new ArrayList<>();
        for (Level level : List.of(Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR)) {
            lines.addAll(log.at(level));
        }
        return lines;
    }

    private void assertSecret() {
        client.close();
        assertThat(log.everything()).isNotEmpty().noneMatch(line -> line.contains(CANARY));
        assertThat(texts).isNotEmpty().noneMatch(text -> text.contains(CANARY));
    }

    record Narrow(int value) {}

    record Counts(Map<String, Integer> counts) {}

    @Test
    @DisplayName("#77 neither arguments nor results nor events show in logs, exceptions or toString")
    void keepsSecrets() {
        Peer peer = server.connect(client);
        client.events().subscribe(EventFilter.all(), this::tell);
        client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, this::tell);
        QmpCommand command = QmpCommand.of("object-add", Map.of("data", CANARY, CANARY, 1));
        tell(command);
        CompletableFuture<?> mapped = client.execute(command, Narrow.class);
        ObjectNode heard = peer.hear("object-add");
        peer.emit("VNC_CONNECTED", QmpJson.object().put("password", CANARY));
        peer.answer(heard, "{\"value\": \"" + CANARY + "\", \"" + CANARY + "\": {}}");
        tellFailureOf(mapped);

        CompletableFuture<?> late = client.execute(command.withTimeout(Duration.ofSeconds(1)));
        ObjectNode lateCommand = peer.hear("object-add");
        tellFailureOf(late);
        peer.answer(lateCommand, "\"" + CANARY + "\"").answer(lateCommand, "\"" + CANARY + "\"");
        tellFailureOf(client.execute("bad", Map.of("password", CANARY + "\uD800")));
        tellFailureOf(client.execute("bad", Map.of("password", CANARY + "x".repeat(2_000_000))));

        CompletableFuture<?> lost = client.execute(command);
        peer.hear("object-add");
        peer.say("{\"return\": " + CANARY + "}");
        tellFailureOf(lost);
        tellFailureOf(client.execute(command));

        tell(client);
        tell(client.status());
        tell(QmpEvent.of("E", QmpJson.object().put("password", CANARY)));
        tell(new EventSignal.Received(QmpEvent.of("E", QmpJson.object().put("password", CANARY))));
        assertSecret();
    }

    @Test
    @DisplayName("#77 not even a broken message is quoted, wherever it breaks")
    void quotesNoBrokenMessage() {
        for (String line : List.of(
                "{\"return\": \"" + CANARY + "\" " + CANARY + "}",
                "{\"return\": {\"" + CANARY + "\": 1, \"" + CANARY + "\": 2}}",
                "{\"error\": \"" + CANARY + "\", \"id\": 1}",
                "{\"event\": {\"" + CANARY + "\": 1}}",
                "{\"return\": \"" + CANARY)) {
            Peer peer = server.connect(client);
            CompletableFuture<?> command = client.execute("first");
            peer.hear("first");
            peer.sayPart(line);
            peer.close();
            tellFailureOf(command);
            Awaitility.await().until(() -> client.runstate() == Runstate.IDLE);
            tell(client.status());
        }
        assertSecret();
    }

    @Test
    @DisplayName("#77 what stands between messages is quoted to help with wrong ports, but not in a session")
    void quotesNothingBetweenMessagesOfASession() {
        Peer peer = server.connect(client);
        CompletableFuture<?> command = client.execute("first");
        peer.hear("first");
        peer.say(CANARY);
        tellFailureOf(command);

        assertSecret();
    }

    @Test
    @DisplayName(
            "#77 a session without greeting may begin with the rest of a reply to another client: it is not quoted")
    void quotesNothingOfASessionWithoutGreeting() {
        try (QmpClient agent = QmpClient.builder(server.endpoint())
                .awaitGreeting(false)
                .negotiate(false)
                .reconnect(ReconnectPolicy.never())
                .build()) {
            CompletableFuture<Void> connect = agent.connect();
            Peer peer = server.accept();
            connect.join();
            peer.say(CANARY);
            Awaitility.await().until(() -> agent.status().lastError() != null);
            tellFailureOf(CompletableFuture.failedFuture(agent.status().lastError()));
        }

        assertSecret();
    }

    @Test
    @DisplayName("#76 no text of the server breaks a line, hides or colours it, or grows without bounds")
    void escapesWhatTheServerSays() {
        String evil = "x\r\n2024-01-01 ERROR forged\u001B[31m\u202Egpj.exe\u2028\u0085\u200B\uD800" + "y".repeat(5000);
        String json = QmpJson.toTree(evil).toString();
        String evilName = evil.substring(0, 256);
        Peer peer = server.connect(client);
        client.events().subscribe(EventFilter.all(), event -> {
            throw new IllegalStateException("of the application");
        });
        client.events()
                .subscribe(
                        EventFilter.all().where(event -> {
                            throw new IllegalStateException("of the application");
                        }),
                        event -> {});
        peer.say("{\"event\": " + QmpJson.toTree(evilName) + "}");
        CompletableFuture<?> command = client.execute("first");
        ObjectNode heard = peer.hear("first");
        peer.reject(heard, evilName, evil);
        tellFailureOf(command);
        CompletableFuture<?> unmapped = client.execute(QmpCommand.of("third"), Counts.class);
        peer.answer(peer.hear("third"), "{\"counts\": {" + QmpJson.toTree(evil.substring(0, 100)) + ": []}}");
        tellFailureOf(unmapped);
        tell(new QmpEvent(evil, QmpJson.object(), null));
        CompletableFuture<?> next = client.execute("second");
        peer.hear("second");
        peer.say("{\"event\": \"x\", \"return\": " + json + "}");
        tellFailureOf(next);
        client.close();

        assertThat(logged()).allSatisfy(SecretsTests::assertHarmless);
        assertThat(texts).allSatisfy(text -> text.lines()
                .filter(line -> !line.startsWith("\tat "))
                .forEach(line -> assertHarmless(line.strip())));
        assertThat(texts).noneMatch(text -> text.lines().anyMatch(line -> line.startsWith("2024")));
    }

    private static void assertHarmless(String line) {
        assertThat(line).hasSizeLessThan(1000).doesNotContainPattern("[\\p{Cntrl}\u202E\u2028\u0085\u200B\uD800]");
    }

    @Test
    @DisplayName("#76 a machine's text in the outcome or the progress of a task is escaped and cut")
    void escapesWhatTasksQuote() {
        String evil = "x\r\n2024-01-01 ERROR forged\u001B[31m" + "y".repeat(5000);
        Progress progress = new Progress(1, null, Progress.Unit.BYTES, evil);
        TaskSource<Void> source =
                new TaskSource<>("task", Runnable::run, () -> CompletableFuture.completedFuture(null));
        source.progress(progress);
        RunState status = RunState.of(evil);

        for (String text : List.of(
                new TaskFailedException("task", evil, null).getMessage(),
                new TaskOutcomeUnknownException("task", evil, null).getMessage(),
                TaskWaitException.timedOut(source.task(), Duration.ofSeconds(1)).getMessage(),
                new PlugFailedException("task", evil, List.of(new Backend(Backend.Kind.NETDEV, "net0")), null)
                        .getMessage(),
                source.task().toString(),
                progress.toString(),
                status.toString(),
                new GuestStatus(status, Instant.EPOCH, null, null, null).toString())) {
            assertThat(text).contains("forged\\u001B[31m").hasSizeLessThan(2100).doesNotContainPattern("\\p{Cntrl}");
        }
        assertThat(status.value()).isEqualTo(evil);
    }

    @Test
    @DisplayName("#76 the greeting and refusals of a negotiation are escaped too")
    void escapesTheGreeting() {
        CompletableFuture<Void> connect = client.connect();
        Peer peer = server.accept();
        peer.say("{\"QMP\": {\"version\": {\"qemu\": {\"major\": 1, \"minor\": 2, \"micro\": 3},"
                + " \"package\": \"a\\r\\nforged\\u001b[0m\"}, \"capabilities\": [\"\\r\\nforged\"]}}");
        peer.reject(peer.hear("qmp_capabilities"), "a\r\nforged", "\u001B[31mforged");
        tellFailureOf(connect);
        tell(client.status());
        client.close();

        assertThat(logged()).allSatisfy(SecretsTests::assertHarmless);
        assertThat(texts).noneMatch(text -> text.contains("\u001B") || text.contains("\r"));
    }
}

package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.event.EventFilter;
import dev.qmp.protocol.Runstate;
import dev.qmp.schema.InvalidCommandException;
import dev.qmp.schema.QmpSchema;
import dev.qmp.testing.LogRecorder;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The machine's schema, read on demand, and the check of commands before they are sent. */
class CommandCheckTests extends OnScriptedServer {

    private static final String LOGGER = "dev.qmp.internal.client";

    private final String schema = recorded();

    private static String recorded() {
        try (InputStream stream = QmpSchema.class.getResourceAsStream("7.2.json.gz")) {
            return JsonMapper.shared()
                    .readTree(new GZIPInputStream(stream))
                    .path("return")
                    .toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void connectChecking(CommandCheck check) {
        begin(builder -> builder.commandCheck(check));
        peer.answer(peer.hear("query-qmp-schema"), schema);
        await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    private void begin(UnaryOperator<QmpClientBuilder> options) {
        client = options.apply(QmpClient.builder(server.endpoint()).reconnect(ReconnectPolicy.never()))
                .build();
        client.start();
        peer = server.accept().negotiate();
    }

    @Test
    void anInvalidCommandIsRefusedWithEachOfItsMistakes() {
        connectChecking(CommandCheck.REFUSE);
        Throwable failure = failureOf(client.execute(
                "blockdev-add",
                Map.of("driver", "qcow2", "node_name", "x", "read-only", "yes", "file", Map.of("driver", "fil"))));
        assertThat(failure)
                .isInstanceOf(InvalidCommandException.class)
                .hasMessageContaining("blockdev-add")
                .hasMessageContaining("arguments.node_name: no such argument; did you mean \"node-name\"?")
                .hasMessageContaining("arguments.read-only: must be boolean, not string")
                .hasMessageContaining(
                        "arguments.file.driver: no such value; did you mean \"file\"? It must be one of ");
        assertThat(((NotSentException) failure).reason()).isEqualTo(NotSentException.Reason.INVALID);
        assertThat(((InvalidCommandException) failure).problems()).hasSize(3);
        CompletableFuture<JsonNode> valid = client.execute("query-status");
        peer.answer(peer.hear("query-status"), "{}"); // the first line at the server: no command was sent before
        assertThat(valid.join()).isEmpty();
    }

    @Test
    void aWarningIsLoggedOnceForAPlaceAndTheCommandIsSent() {
        try (LogRecorder log = LogRecorder.of(LOGGER)) {
            connectChecking(CommandCheck.WARN);
            for (int i = 0; i < 3; i++) {
                CompletableFuture<JsonNode> sent = client.execute("device_del", Map.of("ide", "hunter2"));
                peer.reject(peer.hear("device_del"), "GenericError", "Parameter 'id' is missing");
                assertThat(failureOf(sent)).isInstanceOf(RejectedException.class);
            }
            assertThat(log.at(Level.WARN))
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line)
                            .contains(client.name(), "device_del")
                            .doesNotContain("hunter2"))
                    .anySatisfy(line -> assertThat(line).contains("arguments.id: missing"))
                    .anySatisfy(line -> assertThat(line).contains("arguments.ide: no such argument"));
        }
    }

    @Test
    void aMachineWithoutSchemaIsNotCheckedAndThisIsLogged() {
        try (LogRecorder log = LogRecorder.of(LOGGER)) {
            begin(builder -> builder.commandCheck(CommandCheck.REFUSE));
            peer.reject(peer.hear("query-qmp-schema"), "CommandNotFound", "The command has not been found");
            await().until(() -> client.runstate() == Runstate.RUNNING);
            CompletableFuture<JsonNode> sent = client.execute("of-another-server");
            peer.answer(peer.hear("of-another-server"), "{}");
            assertThat(sent.join()).isEmpty();
            assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("does not check its commands", "CommandNotFound");
        }
    }

    @Test
    void aMachineWhoseSchemaIsNoSchemaIsNotCheckedAndThisIsLogged() {
        try (LogRecorder log = LogRecorder.of(LOGGER)) {
            begin(builder -> builder.commandCheck(CommandCheck.REFUSE));
            peer.answer(peer.hear("query-qmp-schema"), "[1]");
            await().until(() -> client.runstate() == Runstate.RUNNING);
            assertThat(log.at(Level.WARN)).singleElement().asString().contains("does not check its commands");
        }
    }

    @Test
    void theSchemaIsReadOnceForASessionByHoweverManyCallers() {
        connect();
        CompletableFuture<QmpSchema> first = client.schema();
        CompletableFuture<QmpSchema> second = client.schema();
        second.cancel(true);
        peer.answer(peer.hear("query-qmp-schema"), schema);
        assertThat(first.join().knowsCommand("query-status")).isTrue();
        assertThat(client.schema().join()).isSameAs(first.join()).isSameAs(QmpSchema.recorded("7.2"));
        CompletableFuture<JsonNode> next = client.execute("query-status");
        peer.answer(peer.hear("query-status"), "{}");
        assertThat(next.join()).isEmpty();
    }

    @Test
    void aFailedReadIsTriedAgain() {
        connect();
        CompletableFuture<QmpSchema> failed = client.schema();
        peer.reject(peer.hear("query-qmp-schema"), "GenericError", "not now");
        assertThat(failureOf(failed)).isInstanceOf(RejectedException.class);
        CompletableFuture<QmpSchema> read = client.schema();
        peer.answer(peer.hear("query-qmp-schema"), schema);
        assertThat(read.join().commands()).hasSize(216);
    }

    @Test
    void theSchemaEndsWithItsSession() {
        connect();
        CompletableFuture<QmpSchema> read = client.schema();
        peer.answer(peer.hear("query-qmp-schema"), schema);
        assertThat(read.join().knowsCommand("query-status")).isTrue();
        peer.close();
        awaitIdle();
        assertThat(failureOf(client.schema())).isInstanceOf(NotSentException.class);
    }

    @Test
    void withoutASessionTheSchemaIsNotSent() {
        client = QmpClient.builder(server.endpoint()).build();
        assertThat(failureOf(client.schema())).isInstanceOf(NotSentException.class);
    }

    @Test
    @DisplayName("an event callback on the only thread of the executor may wait for the schema")
    void theOnlyThreadOfTheExecutorMayWaitForTheSchema() {
        ExecutorService single = Executors.newSingleThreadExecutor();
        try {
            connect(builder -> builder.callbackExecutor(single));
            CompletableFuture<QmpSchema> read = new CompletableFuture<>();
            CompletableFuture<QmpSchema> earlier = new CompletableFuture<>();
            client.events().subscribe(EventFilter.all(), event -> {
                client.schema().thenAccept(earlier::complete); // of another caller: its completion waits for the thread
                read.complete(client.blocking().schema());
            });
            peer.emit("NEWS");
            peer.answer(peer.hear("query-qmp-schema"), schema);
            assertThat(read).succeedsWithin(Duration.ofSeconds(10)).isSameAs(QmpSchema.recorded("7.2"));
            assertThat(earlier).succeedsWithin(Duration.ofSeconds(10)).isSameAs(QmpSchema.recorded("7.2"));
        } finally {
            single.shutdownNow();
        }
    }

    @Test
    @DisplayName("neither the schema nor a failure reaches the application's code on the event loop")
    void theSchemaCompletesOnTheCallbackExecutor() {
        connect();
        CompletableFuture<String> place =
                client.schema().handle((read, failure) -> Thread.currentThread().getName());
        peer.reject(peer.hear("query-qmp-schema"), "GenericError", "not now");
        assertThat(place.join()).startsWith("qmp-callback-");
        place = client.schema().thenApply(read -> Thread.currentThread().getName());
        peer.answer(peer.hear("query-qmp-schema"), schema);
        assertThat(place.join()).startsWith("qmp-callback-");
        assertThat(client.schema()).as("known").isCompleted();
    }

    @Test
    @DisplayName("a reply that is no schema fails with ResultException, and the next call asks again")
    void aReplyThatIsNoSchema() {
        connect();
        CompletableFuture<QmpSchema> failed = client.schema();
        peer.answer(peer.hear("query-qmp-schema"), "\"none\"");
        assertThat(failureOf(failed)).isInstanceOf(ResultException.class);
        CompletableFuture<QmpSchema> read =
                CompletableFuture.supplyAsync(() -> client.blocking().schema());
        peer.answer(peer.hear("query-qmp-schema"), schema);
        assertThat(read.join().commands()).hasSize(216);
    }
}

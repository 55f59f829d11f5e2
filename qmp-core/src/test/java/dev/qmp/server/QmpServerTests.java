package dev.qmp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientBuilder;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What a test can have the server do: replies, events, faults, and all of it forgotten afterwards. */
@Timeout(30)
class QmpServerTests {

    private final QmpServer server = QmpServer.builder(Endpoint.tcp("127.0.0.1", 0))
            .handler("query-status", CommandHandler.returning(new Status("running", true)))
            .start();
    private QmpClient client = builder().build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    record Status(String status, boolean running) {}

    private QmpClientBuilder builder() {
        return QmpClient.builder(server.endpoint()).reconnect(ReconnectPolicy.never());
    }

    /** From now on the client comes back after a loss. */
    private void useReconnectingClient() {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10)))
                .build();
    }

    private void awaitRunning() {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    private String status() {
        return client.blocking().execute("query-status", Status.class).status();
    }

    // ------------------------------------------------------------------ handlers

    @Test
    void handlersReturnRejectAndTakeTurns() {
        server.handle(
                "query-status",
                CommandHandler.inTurn(
                        CommandHandler.returning(Map.of("status", "paused", "running", false)),
                        CommandHandler.rejecting("DeviceNotFound", "no such thing"),
                        CommandHandler.returning(new Status("running", true))));
        client.blocking().connect();

        assertThat(status()).isEqualTo("paused");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(this::status)
                .satisfies(rejection -> {
                    assertThat(rejection.errorClass()).isEqualTo("DeviceNotFound");
                    assertThat(rejection.description()).isEqualTo("no such thing");
                });
        assertThat(status()).isEqualTo("running");
        assertThat(status()).isEqualTo("running");
    }

    @Test
    void aHandlerWaitsForALatchAndSoDoTheCommandsAfterIt() {
        CountDownLatch gate = new CountDownLatch(1);
        server.handle("stop", CommandHandler.returning(null).after(gate));
        client.blocking().connect();

        CompletableFuture<JsonNode> stop = client.execute("stop");
        CompletableFuture<JsonNode> next = client.execute("query-status");
        Awaitility.await().until(() -> server.received().size() == 2);
        assertThat(stop).isNotDone();
        assertThat(next).isNotDone();
        gate.countDown();
        assertThat(stop.join()).isEqualTo(QmpJson.object());
        next.join();
    }

    @Test
    void aHandlerHangsUp() {
        server.handle("quit", CommandHandler.hangingUp());
        client.blocking().connect();

        assertThatExceptionOfType(OutcomeUnknownException.class)
                .isThrownBy(() -> client.blocking().execute("quit"));
        assertThat(server.received()).extracting(command -> command.name()).containsExactly("quit");
    }

    @Test
    void aHandlerThatFailsOrReturnsNothingIsAnswered() {
        server.handle("fails", command -> {
            throw new AssertionError("expected something else");
        });
        server.handle("null", command -> null);
        client.blocking().connect();

        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> client.blocking().execute("fails"))
                .satisfies(rejection -> assertThat(rejection.description()).isEqualTo("expected something else"));
        assertThat(client.blocking().execute("null")).isEqualTo(QmpJson.object());
    }

    // ------------------------------------------------------------------ waiting

    @Test
    void aTestWaitsForAClientAndForACommand() throws Exception {
        CompletableFuture<Void> connecting = client.connect();
        server.awaitClient(Duration.ofSeconds(10));
        connecting.join();
        client.execute("query-status").join();
        assertThat(server.awaitReceived("query-status", Duration.ofSeconds(10)).name())
                .isEqualTo("query-status");

        CompletableFuture<QmpCommand> later = CompletableFuture.supplyAsync(() -> {
            try {
                return server.awaitReceived("stop", Duration.ofSeconds(10));
            } catch (InterruptedException | TimeoutException e) {
                throw new IllegalStateException(e);
            }
        });
        client.execute("stop");
        assertThat(later.join().name()).isEqualTo("stop");
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> server.awaitReceived("cont", Duration.ofMillis(10)))
                .withMessage("no cont was received within 10 ms");
    }

    // ------------------------------------------------------------------ faults

    @Test
    void anUnreachableServerCutsItsClientOffAndIsBackAtTheSamePlace() {
        useReconnectingClient();
        client.blocking().connect();
        Endpoint place = server.endpoint();

        Registration fault = server.inject(ServerFault.UNREACHABLE);
        Awaitility.await().until(() -> client.status().reconnectAttempts() > 1);
        assertThat(client.status().lastError()).hasMessageContaining("refused");
        fault.close();

        awaitRunning();
        assertThat(server.endpoint()).isEqualTo(place);
        assertThat(status()).isEqualTo("running");
    }

    @Test
    void anUnreachableServerOnAUnixSocketLeavesNoFile(@TempDir Path folder) {
        Path socket = folder.resolve("s");
        try (QmpServer unix = QmpServer.builder(Endpoint.unix(socket)).start()) {
            assertThat(socket).exists();
            Registration fault = unix.inject(ServerFault.UNREACHABLE);
            assertThat(socket).doesNotExist();
            fault.close();
            assertThat(socket).exists();
        }
    }

    @Test
    void aServerThatHangsUpDoesSoBeforeTheGreeting() {
        client.blocking().connect();
        Registration fault = server.inject(ServerFault.HANGS_UP);
        Awaitility.await().until(() -> client.runstate() == Runstate.IDLE);

        assertThat(failureOfConnect().phase()).isEqualTo(HandshakePhase.GREETING);
        fault.close();
        client.blocking().connect();
        assertThat(status()).isEqualTo("running");
    }

    @Test
    void aSilentServerExecutesAndSaysLaterWhatItHadToSayInItsOrder() {
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), event -> heard.add(event.name()));
        client.blocking().connect();
        Registration fault = server.inject(ServerFault.SILENT);

        CompletableFuture<Void> reply = client.execute("query-status").thenAccept(status -> heard.add("reply"));
        Awaitility.await().until(() -> server.received().size() == 1);
        server.emit(QmpEvent.of("STOP"));
        server.emit(QmpEvent.of("RESUME"));
        assertThatExceptionOfType(TimeoutException.class)
                .as("no reply, and no event, for a while")
                .isThrownBy(() -> reply.get(300, TimeUnit.MILLISECONDS));
        assertThat(heard).isEmpty();
        fault.close();

        reply.join();
        Awaitility.await().until(() -> heard.size() == 3);
        assertThat(heard).containsSubsequence("STOP", "RESUME");
    }

    @Test
    void aSilentServerGreetsNobody() {
        client = builder().handshakeTimeout(Duration.ofMillis(50)).build();
        Registration fault = server.inject(ServerFault.SILENT);

        assertThat(failureOfConnect().phase()).isEqualTo(HandshakePhase.GREETING);
        fault.close();
        client = builder().build(); // one that is less impatient
        client.blocking().connect();
        assertThat(status()).isEqualTo("running");
    }

    @Test
    void aGarbledServerIsNoQmpServer() {
        client.blocking().connect();
        Registration fault = server.inject(ServerFault.GARBLED);

        assertThatExceptionOfType(OutcomeUnknownException.class)
                .isThrownBy(this::status)
                .withRootCauseInstanceOf(ProtocolException.class);
        assertThat(failureOfConnect()).hasMessageContaining("HTTP/1.1 400");
        fault.close();
        client.blocking().connect();
        assertThat(status()).isEqualTo("running");
    }

    private QmpConnectException failureOfConnect() {
        try {
            client.blocking().connect();
            throw new AssertionError("it succeeded");
        } catch (QmpConnectException e) {
            return e;
        }
    }

    // ------------------------------------------------------------------ reset

    @Test
    void aResetAmongCommandsLeavesNoneWithoutAnOutcome() {
        useReconnectingClient();
        client.blocking().connect();
        for (int round = 0; round < 50; round++) {
            List<CompletableFuture<JsonNode>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                replies.add(client.execute("query-status"));
            }
            server.reset();
            for (CompletableFuture<JsonNode> reply : replies) {
                assertThat(reply.handle((value, failure) -> true)).succeedsWithin(Duration.ofSeconds(10));
            }
            awaitRunning();
        }
    }

    @Test
    void aResetForgetsHandlersAndWhatWasReceivedAndKeepsAClientThatIsOwedNothing() {
        client.blocking().connect();
        server.handle("query-status", CommandHandler.returning(new Status("paused", false)));
        server.handle("stop", CommandHandler.returning(null));
        assertThat(status()).isEqualTo("paused");
        client.blocking().execute("stop");

        server.reset();

        assertThat(server.received()).isEmpty();
        assertThat(status()).isEqualTo("running");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> client.blocking().execute("stop"));
        assertThat(client.status().reconnects()).isZero();
        assertThat(server.received()).extracting(command -> command.name()).containsExactly("query-status", "stop");
    }

    @Test
    void aResetInterruptsWhatHangsAndCutsTheClientThatWaitsForIt() {
        useReconnectingClient();
        server.handle("stop", CommandHandler.hanging());
        client.blocking().connect();
        CompletableFuture<JsonNode> stop = client.execute("stop");
        CompletableFuture<JsonNode> behind = client.execute("query-status");
        Awaitility.await().until(() -> server.received().size() == 2);

        server.reset();

        assertThat(stop)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(behind).failsWithin(Duration.ofSeconds(10));
        awaitRunning();
        assertThat(status()).isEqualTo("running");
    }

    @ParameterizedTest
    @EnumSource(ServerFault.class)
    void aResetEndsEveryFault(ServerFault fault) {
        useReconnectingClient();
        client.blocking().connect();
        Registration registration = server.inject(fault);

        server.reset();

        Awaitility.await().ignoreExceptions().until(() -> status().equals("running"));
        registration.close();
        assertThat(status()).isEqualTo("running");
    }

    @Test
    @DisplayName("a reset ends deafness before the next client comes, whose first command is answered")
    void aResetEndsDeafnessBeforeTheNextClientComes() throws IOException {
        for (int round = 0; round < 100; round++) {
            try (RawPeer present = RawServer.dial(server.endpoint());
                    RawPeer next = RawServer.dial(server.endpoint())) {
                assertThat(present.readLine()).contains("QMP");
                server.inject(ServerFault.DEAF);
                next.write("{\"execute\": \"qmp_capabilities\"}\n"); // read as soon as the present one is gone
                server.reset();
                assertThat(next.readLine()).contains("QMP");
                assertThat(next.readLine()).contains("return");
            }
        }
    }
}

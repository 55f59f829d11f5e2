package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.CuttingProxy.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * A session is cut at each of its bytes, in each direction. The server is not cut, and records the executed commands.
 */
@Timeout(60)
class EveryByteTests {

    private static final List<String> COMMANDS =
            List.of("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten");

    /** How many commands of a session wait behind a full window. */
    private static final int BEHIND_IT = 2;

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(80);

    private Path folder;
    private QmpServer server;
    private CuttingProxy proxy;
    private int mostUnknown;

    @BeforeEach
    void start() throws IOException {
        folder = Files.createTempDirectory("qmp");
        QmpServer.Builder builder = QmpServer.builder(Endpoint.unix(folder.resolve("s")));
        COMMANDS.forEach(name -> builder.handler(name, command -> QmpJson.object()));
        server = builder.start();
        proxy = CuttingProxy.to(folder.resolve("s"));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.close();
        Files.deleteIfExists(folder);
    }

    @ParameterizedTest(
            name =
                    "#24 cut at every byte, towards the server: {0}, {1} on the wire: every outcome is true, nothing is sent twice")
    @CsvSource({"true, 1", "true, 8", "false, 1", "false, 8"})
    void cutAtEveryByte(boolean towardsServer, int window) {
        int offset = 0;
        while (!oneSession(proxy, Fault.CUT, towardsServer, offset, window)) {
            offset++;
        }
        assertThat(offset).as("bytes of a session").isBetween(200, 1500);
        assertThat(mostUnknown).as("once the window was full").isEqualTo(window);
    }

    @ParameterizedTest(name = "#24 #27 {0} at some bytes, towards the server: {1}: the same holds")
    @CsvSource({
        "RESET, true, 23",
        "RESET, false, 37",
        "FRAGMENTS, true, 47",
        "FRAGMENTS, false, 73",
        "STALL, true, 61",
        "STALL, false, 97"
    })
    void hurtAtSomeBytes(Fault fault, boolean towardsServer, int step) {
        int sessions = 1;
        try (CuttingProxy tcp = CuttingProxy.overTcp(folder.resolve("s"))) {
            while (!oneSession(tcp, fault, towardsServer, sessions * step, 8)) {
                sessions++;
            }
        }
        assertThat(sessions * step).as("bytes of a session").isBetween(200, 1500);
    }

    /** {@return whether the session was over before the cut came} */
    private boolean oneSession(CuttingProxy between, Fault fault, boolean towardsServer, int offset, int window) {
        List<String> commands = COMMANDS.subList(0, window + BEHIND_IT);
        server.reset();
        commands.forEach(name -> server.handle(name, command -> QmpJson.object()));
        between.hurtNextAfter(fault, towardsServer, offset);
        Duration patience = fault == Fault.STALL ? SHORT : LONG;
        try (QmpClient client = QmpClient.builder(between.endpoint())
                .name("cut-at-" + offset)
                .callbackExecutor(Runnable::run)
                .reconnect(ReconnectPolicy.never())
                .outOfBand(window > 1)
                .maxInFlight(window)
                .handshakeTimeout(patience)
                .commandTimeout(patience)
                .disconnectTimeout(Duration.ofMillis(100))
                .build()) {
            List<CompletableFuture<JsonNode>> outcomes = client.connect()
                    .handle((done, failure) ->
                            commands.stream().map(client::execute).toList())
                    .join(); // on the event loop, so that all are there before the first is written
            List<Class<?>> kinds =
                    outcomes.stream().<Class<?>>map(EveryByteTests::outcome).toList();
            client.disconnect().exceptionally(failure -> null).join();
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            between.awaitQuiet();
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> !server.hasClient());
            int unknown = Collections.frequency(kinds, OutcomeUnknownException.class);
            assertThat(unknown).as("unknown when cut at %s", offset).isLessThanOrEqualTo(window);
            mostUnknown = Math.max(mostUnknown, unknown);
            check(
                    offset,
                    kinds,
                    server.received().stream().map(QmpCommand::name).toList());
            return kinds.stream().allMatch(Void.class::equals);
        }
    }

    private static void check(int offset, List<Class<?>> kinds, List<String> executed) {
        assertThat(executed).as("executed when cut at %s", offset).isEqualTo(COMMANDS.subList(0, executed.size()));
        for (int command = 0; command < kinds.size(); command++) {
            boolean wasExecuted = command < executed.size();
            Class<?> kind = kinds.get(command);
            if (kind == Void.class) {
                assertThat(wasExecuted)
                        .as("%s succeeded, cut at %s", command, offset)
                        .isTrue();
            } else if (kind == NotSentException.class) {
                assertThat(wasExecuted)
                        .as("%s was not sent, cut at %s", command, offset)
                        .isFalse();
            }
        }
    }

    /** {@return Void for success, else the kind of failure} */
    private static Class<?> outcome(CompletableFuture<?> future) {
        try {
            future.get(10, TimeUnit.SECONDS);
            return Void.class;
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOfAny(OutcomeUnknownException.class, NotSentException.class);
            return e.getCause() instanceof OutcomeUnknownException
                    ? OutcomeUnknownException.class
                    : NotSentException.class;
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Commands of many threads during a disconnect by another thread. The server records the received commands. */
@Timeout(60)
class DisconnectRaceTests {

    private static final int THREADS = 100;
    private static final int COMMANDS = 5;

    @TempDir
    private Path folder;

    private final Map<Integer, CompletableFuture<JsonNode>> commands = new ConcurrentHashMap<>();
    private final Map<QmpCommand, AtomicInteger> outcomes = new ConcurrentHashMap<>();

    /** The number of commands that were too late, of all repetitions. */
    private static final AtomicInteger failed = new AtomicInteger();

    @AfterAll
    static void someCameTooLate() {
        assertThat(failed).as("commands that raced the disconnect").hasPositiveValue();
    }

    private CommandObserver.Observed observe(QmpCommand command) {
        AtomicInteger told = new AtomicInteger();
        outcomes.put(command, told);
        return failure -> told.incrementAndGet();
    }

    private void execute(QmpClient client, int number) {
        commands.put(number, client.execute("c", Map.of("number", number)));
    }

    @RepeatedTest(
            value = 10,
            name = "#47 a hundred threads race the own disconnect, {currentRepetition}: each outcome is one, and true")
    void racesTheOwnDisconnect() throws InterruptedException {
        try (QmpServer server = QmpServer.builder(Endpoint.unix(folder.resolve("s")))
                        .handler("c", command -> QmpJson.object())
                        .start();
                QmpClient client = QmpClient.builder(Endpoint.unix(folder.resolve("s")))
                        .reconnect(ReconnectPolicy.never())
                        .commandObserver((observed, command) -> observe(command))
                        .build()) {
            client.blocking().connect();
            CountDownLatch begin = new CountDownLatch(1);
            CountDownLatch half = new CountDownLatch(THREADS / 2);
            CountDownLatch end = new CountDownLatch(THREADS);
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread * COMMANDS;
                new Thread(() -> {
                            try {
                                begin.await();
                                for (int i = 0; i < COMMANDS; i++) {
                                    execute(client, first + i);
                                    half.countDown();
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            } finally {
                                end.countDown();
                            }
                        })
                        .start();
            }
            begin.countDown();
            half.await();
            client.disconnect().join();
            end.await();
            assertThat(commands).hasSize(THREADS * COMMANDS);
            assertTrue(server);
        }
    }

    private void assertTrue(QmpServer server) {
        Map<Integer, Throwable> failures = new HashMap<>();
        commands.forEach((number, command) -> command.handle((result, failure) -> failure)
                .orTimeout(10, TimeUnit.SECONDS)
                .thenAccept(failure -> failures.put(number, failure))
                .join());
        await().until(() -> !server.hasClient()); // so that it has read everything
        List<Integer> sent = server.received().stream()
                .filter(command -> command.name().equals("c"))
                .map(QmpCommand::arguments)
                .map(arguments -> arguments.get("number").intValue())
                .toList();
        assertThat(sent).as("sent once").doesNotHaveDuplicates();
        failures.forEach((number, failure) -> {
            if (failure == null) {
                assertThat(sent).contains(number);
            } else if (failure instanceof NotSentException) {
                assertThat(sent).doesNotContain(number);
                failed.incrementAndGet();
            } else {
                failed.incrementAndGet();
                assertThat(failure).isInstanceOf(OutcomeUnknownException.class);
            }
        });
        assertThat(failures.values()).as("some came in time").containsNull();
        outcomes.keySet().removeIf(command -> !command.name().equals("c"));
        assertThat(outcomes).hasSize(THREADS * COMMANDS);
        assertThat(outcomes.values()).as("told once").allSatisfy(told -> assertThat(told)
                .hasValue(1));
    }
}

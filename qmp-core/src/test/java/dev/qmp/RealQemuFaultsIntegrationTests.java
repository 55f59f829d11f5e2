package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.QmpEventListener;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.MainLoopBlocker;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Resources;
import dev.qmp.testing.RunstateRecorder;
import dev.qmp.testing.Tool;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What really goes wrong with a real QEMU, and what its other monitor says was executed. */
@Timeout(60)
@RequiresTool(Tool.QEMU)
class RealQemuFaultsIntegrationTests {

    private final Qemu qemu = Qemu.start();
    private final List<QmpClient> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(QmpClient::close);
        qemu.close();
    }

    private QmpClient client(Endpoint endpoint) {
        QmpClient client = QmpClient.builder(endpoint)
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(100))
                .build();
        clients.add(client);
        return client;
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        try {
            throw new AssertionError("succeeded with " + future.get(20, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }

    // ------------------------------------------------------------------ one client after the other

    @Test
    @DisplayName("#15 the replies of the client before are never taken for one's own")
    void neverTakesStaleReplies() {
        long strays = 0;
        for (int round = 0; round < 20; round++) {
            QmpClient leaving = QmpClient.builder(qemu.endpoint())
                    .reconnect(ReconnectPolicy.never())
                    .disconnectTimeout(Duration.ofMillis(1))
                    .build();
            leaving.blocking().connect();
            for (int i = 0; i < 4; i++) {
                leaving.execute("query-qmp-schema");
            }
            await().until(() -> leaving.status().queued() == 0);
            leaving.close();

            QmpClient coming = client(qemu.endpoint());
            coming.blocking().connect();
            assertThat(coming.blocking().execute("query-status").has("running")).isTrue();
            strays += coming.status().strayReplies();
            coming.close();
        }
        assertThat(strays).as("QEMU does send them").isPositive();
    }

    @Test
    @DisplayName("#7 a second client waits in silence, and is served when the first leaves")
    void waitsForAnotherClientToLeave() {
        QmpClient first = client(qemu.endpoint());
        first.blocking().connect();
        QmpClient second = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .handshakeTimeout(Duration.ofMillis(300))
                .build();
        clients.add(second);

        assertThat(failureOf(second.connect())).isInstanceOfSatisfying(QmpConnectException.class, failure -> {
            assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
            assertThat(failure.isRetryable()).isTrue();
            assertThat(failure).hasMessageContaining("another client may hold this monitor");
        });

        first.close();
        await().ignoreExceptions().until(() -> {
            second.blocking().connect();
            return true;
        });
        assertThat(second.blocking().execute("query-status").has("running")).isTrue();
    }

    @Test
    @DisplayName("#6 a monitor whose backlog is full is busy: dialled at growing intervals, with one socket at a time")
    void waitsForABacklogToEmpty() throws IOException {
        client(qemu.endpoint()).blocking().connect();
        List<RawPeer> waiting = fillBacklog();
        QmpClient third = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(50), 2, 0, Duration.ofMillis(400)))
                .build();
        clients.add(third);
        RunstateRecorder runstates = RunstateRecorder.of(third::addRunstateListener);
        int before = Resources.now().files();

        third.start();
        await().until(() -> third.status().reconnectAttempts() >= 4);

        assertThat(third.status().lastError())
                .isInstanceOfSatisfying(QmpConnectException.class, failure -> assertThat(failure.phase())
                        .isEqualTo(ConnectPhase.TRANSPORT))
                .hasMessageContaining("busy");
        assertThat(Resources.now().files()).as("one socket at the most").isLessThanOrEqualTo(before + 1);
        assertIntervals(attempts(runstates), List.of(50, 100, 200));

        waiting.forEach(RawPeer::close);
        clients.get(0).close();
        await().until(() -> third.runstate() == Runstate.RUNNING);
    }

    /** {@return as many who wait in silence as the system lets wait} */
    private List<RawPeer> fillBacklog() {
        List<RawPeer> waiting = new ArrayList<>();
        while (waiting.size() < 64) {
            try {
                waiting.add(RawServer.dialAtOnce((Endpoint.Unix) qemu.endpoint()));
            } catch (IOException e) {
                return waiting;
            }
        }
        throw new AssertionError("the backlog has no end");
    }

    private static void assertIntervals(List<Instant> attempts, List<Integer> least) {
        for (int i = 0; i < least.size(); i++) {
            assertThat(Duration.between(attempts.get(i), attempts.get(i + 1)))
                    .as("wait after attempt %s", i + 1)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(least.get(i) - 10)); // two clocks
        }
    }

    private QmpClient impatientClient() {
        QmpClient client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .handshakeTimeout(Duration.ofMillis(300))
                .build();
        clients.add(client);
        return client;
    }

    @Test
    @DisplayName("#8 a machine that is stopped takes the connection and says nothing; when it goes on, it is reached")
    void timesOutAtAStoppedMachine() {
        QmpClient client = impatientClient();
        qemu.freeze();

        assertThat(failureOf(client.connect())).isInstanceOfSatisfying(QmpConnectException.class, failure -> {
            assertThat(failure.phase()).isEqualTo(ConnectPhase.GREETING);
            assertThat(failure.isRetryable()).isTrue();
            assertThat(failure).hasMessageContaining("or the machine is stopped");
        });

        qemu.thaw();
        await().ignoreExceptions().until(() -> {
            client.blocking().connect();
            return true;
        });
    }

    @Test
    @DisplayName(
            "#16 a negotiation behind the command of the client before says what it may wait for, and succeeds after it")
    void negotiatesBehindALongCommand() {
        QmpClient leaving = client(qemu.endpoint());
        leaving.blocking().connect();
        MainLoopBlocker blocker = new MainLoopBlocker(qemu);
        leaving.execute(blocker.command());
        await().until(() -> Files.exists(qemu.folder().resolve("blocker")));
        leaving.close();

        QmpClient client = impatientClient();
        assertThat(failureOf(client.connect())).isInstanceOfSatisfying(QmpConnectException.class, failure -> {
            assertThat(failure.phase()).isEqualTo(ConnectPhase.NEGOTIATION);
            assertThat(failure.isRetryable()).isTrue();
            assertThat(failure).hasMessageContaining("a command of the client that was here before");
        });

        blocker.release();
        await().ignoreExceptions().until(() -> {
            client.blocking().connect();
            return true;
        });
    }

    // ------------------------------------------------------------------ a blocked main loop

    @Test
    @DisplayName("#33 while a command blocks the machine, seven wait on the wire and one out of band overtakes all")
    void overtakesABlockedMainLoop() throws IOException {
        QmpClient client = client(qemu.endpoint());
        client.blocking().connect();
        assertThat(client.status().outOfBand()).isTrue();
        MainLoopBlocker blocker = new MainLoopBlocker(qemu);
        CompletableFuture<JsonNode> blocked = client.execute(blocker.command());
        List<CompletableFuture<JsonNode>> behind = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            behind.add(client.execute("query-status"));
        }
        await().until(() -> client.status().pending() == 8);
        assertThat(client.status().queued()).isEqualTo(5);

        assertThat(client.execute(QmpCommand.of("query-yank").outOfBand())).succeedsWithin(Duration.ofSeconds(10));
        assertThat(blocked).isNotDone();
        assertThat(behind).noneMatch(CompletableFuture::isDone);

        blocker.release();
        assertThat(blocked).succeedsWithin(Duration.ofSeconds(10));
        assertThat(behind).allSatisfy(status -> assertThat(status).succeedsWithin(Duration.ofSeconds(10)));
    }

    @Test
    @DisplayName("#36 a command of megabytes is read to its end, though QEMU answers nothing meanwhile")
    void sendsABigCommand() {
        QmpClient client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .livenessTimeout(Duration.ofMillis(500))
                .maxCommandSize(8 * 1024 * 1024)
                .build();
        clients.add(client);
        client.blocking().connect();
        QmpCommand big = QmpCommand.of("object-add")
                .withArgument("qom-type", "secret")
                .withArgument("id", "big")
                .withArgument("data", "x".repeat(2 * 1024 * 1024));

        assertThat(client.execute(big)).succeedsWithin(Duration.ofSeconds(40));
        assertThat(client.blocking().execute("query-status").has("running")).isTrue();
    }

    // ------------------------------------------------------------------ what was executed

    /** Counts the machine's stops and resumptions at its second monitor. */
    private final class Oracle {

        private final QmpClient client = client(qemu.oracle());
        private final QmpEventListener events = client.events()
                .listen(EventFilter.named("STOP", "RESUME"), ListenerOptions.DEFAULTS.withCapacity(10_000));

        private Oracle() {
            client.blocking().connect();
        }

        /** {@return the events since the last call} All that was executed before is in it. */
        private List<String> executed() {
            client.blocking().execute("query-status");
            return events.clear().stream()
                    .filter(EventSignal.Received.class::isInstance)
                    .map(signal -> ((EventSignal.Received) signal).event().name())
                    .toList();
        }
    }

    @Test
    @DisplayName("#23 #24 killed in flight: what is said to be unsent was not executed")
    void tellsTheTruthWhenKilled() {
        for (int round = 0; round < 3; round++) {
            qemu.restart();
            Oracle oracle = new Oracle();
            QmpClient client = client(qemu.endpoint());
            client.blocking().connect();
            List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                commands.add(client.execute(i % 2 == 0 ? "stop" : "cont"));
            }
            int enough = 20 * round;
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> commands.get(enough).isDone());

            qemu.kill();

            await().until(() -> client.runstate() == Runstate.IDLE && oracle.client.runstate() == Runstate.IDLE);
            assertConsistent(commands, namesOf(oracle.events.clear()), false);
        }
    }

    @Test
    @DisplayName("#23 a command that makes QEMU abort is unknown, and those behind it are unknown or unsent")
    void isAbortedByACommand() {
        QmpClient client = client(qemu.endpoint());
        client.blocking().connect();
        // 2^64 - 1 is rounded up to a page, which is 0, which QEMU asserts it is not
        CompletableFuture<JsonNode> deadly = client.execute(
                "object-add",
                Map.of("qom-type", "memory-backend-ram", "id", "m", "size", new BigInteger("18446744073709551615")));
        List<CompletableFuture<JsonNode>> behind = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            behind.add(client.execute("query-status"));
        }

        assertThat(failureOf(deadly)).isInstanceOf(OutcomeUnknownException.class);
        assertThat(behind).allSatisfy(command -> assertThat(failureOf(command))
                .isInstanceOfAny(OutcomeUnknownException.class, NotSentException.class));
        await().until(() -> !qemu.isAlive());
        assertThat(qemu.exitCode()).as("128 and SIGABRT").isEqualTo(134);
    }

    private static List<String> namesOf(List<EventSignal> signals) {
        return signals.stream()
                .filter(EventSignal.Received.class::isInstance)
                .map(signal -> ((EventSignal.Received) signal).event().name())
                .toList();
    }

    /**
     * Commands take turns, so each that is executed is heard of. They succeed, then are unknown, then unsent; and as
     * many were executed as succeeded, or more by no more than those that are unknown.
     *
     * @param heardAll whether the machine lived on to tell everything
     */
    private static void assertConsistent(
            List<CompletableFuture<JsonNode>> commands, List<String> executed, boolean heardAll) {
        int succeeded = 0;
        int unknown = 0;
        int last = 0;
        for (CompletableFuture<JsonNode> command : commands) {
            Throwable failure = command.handle((result, e) -> e)
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            int kind = failure == null ? 0 : failure instanceof OutcomeUnknownException ? 1 : 2;
            assertThat(kind).as("order of the outcomes").isGreaterThanOrEqualTo(last);
            last = kind;
            if (kind == 2) {
                assertThat(failure).isInstanceOf(NotSentException.class);
            }
            succeeded += kind == 0 ? 1 : 0;
            unknown += kind == 1 ? 1 : 0;
        }
        assertThat(unknown).isLessThanOrEqualTo(8);
        assertThat(executed.size()).isLessThanOrEqualTo(succeeded + unknown);
        if (heardAll) {
            assertThat(executed.size()).isGreaterThanOrEqualTo(succeeded);
        }
        for (int i = 0; i < executed.size(); i++) {
            assertThat(executed.get(i)).as("no command is executed twice").isEqualTo(i % 2 == 0 ? "STOP" : "RESUME");
        }
    }

    /** As many as can be had in a few seconds; or each byte of a session, with {@code -Dqmp.cuts=1800}. */
    @Test
    @Timeout(1200)
    @DisplayName("#24 cut at any byte, in either direction: every outcome is true, and nothing is executed twice")
    void tellsTheTruthWhenCut() {
        Oracle oracle = new Oracle();
        Integer wanted = Integer.getInteger("qmp.cuts");
        long end = System.nanoTime() + Duration.ofSeconds(12).toNanos();
        int cuts = 0;
        try (CuttingProxy proxy = CuttingProxy.to(qemu.socket())) {
            while (wanted == null ? cuts < 120 && System.nanoTime() < end : cuts < wanted) {
                boolean towardsQemu = cuts % 2 == 0;
                int offset = (cuts / 2 * 37) % (towardsQemu ? 420 : 900);
                proxy.cutNextAfter(towardsQemu, offset);
                oneRoundThrough(proxy, oracle);
                cuts++;
            }
        }
        assertThat(cuts).isGreaterThan(20);
    }

    private void oneRoundThrough(CuttingProxy proxy, Oracle oracle) {
        QmpClient client = client(proxy.endpoint());
        clients.remove(client);
        try (client) {
            boolean connected =
                    client.connect().handle((done, failure) -> failure == null).join();
            List<CompletableFuture<JsonNode>> commands = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                commands.add(client.execute(i % 2 == 0 ? "stop" : "cont"));
            }
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> commands.stream().allMatch(CompletableFuture::isDone));
            client.close();
            proxy.awaitQuiet();
            List<String> executed = oracle.executed();
            assertConsistent(commands, executed, true);
            if (!connected) {
                assertThat(executed).isEmpty();
            }
            if (executed.size() % 2 == 1) {
                oracle.client.blocking().execute("cont");
                oracle.executed();
            }
        }
    }

    // ------------------------------------------------------------------ the end

    @Test
    @DisplayName("#26 #28 #55 quit succeeds, SHUTDOWN is heard before the end, and the end is an end of stream")
    void quits() {
        QmpClient client = client(qemu.endpoint());
        List<String> heard = new CopyOnWriteArrayList<>();
        client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS,
                        Runnable::run,
                        signal -> heard.add(
                                signal instanceof EventSignal.Received received
                                        ? received.event().name()
                                        : signal.getClass().getSimpleName()));
        client.blocking().connect();

        client.blocking().execute("quit");

        await().until(() -> client.runstate() == Runstate.IDLE);
        await().untilAsserted(() -> assertThat(heard).containsExactly("Connected", "SHUTDOWN", "Disconnected"));
        await().until(() -> !qemu.isAlive());
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isExpected())
                        .isTrue());
    }

    @Test
    @DisplayName("#28 after quit it is dialled at growing intervals, until it is back")
    void waitsBetweenAttemptsAfterQuit() {
        QmpClient client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(100), 2, 0, Duration.ofMillis(400)))
                .build();
        clients.add(client);
        RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
        client.blocking().connect();

        client.blocking().execute("quit");

        await().until(() -> attempts(runstates).size() >= 5);
        List<Instant> again = attempts(runstates).subList(1, 5);
        assertIntervals(again, List.of(100, 200, 400));
        qemu.restart();
        await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    private static List<Instant> attempts(RunstateRecorder runstates) {
        return runstates.changes().stream()
                .filter(change -> change.current() == Runstate.CONNECTING)
                .map(RunstateChange::at)
                .toList();
    }

    // ------------------------------------------------------------------ what JSON can carry

    @Test
    @DisplayName("#37 a message of a thousand levels is read by QEMU, and a deeper one is not sent")
    void sendsAThousandLevels() {
        QmpClient client = client(qemu.endpoint());
        client.blocking().connect();
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> client.blocking().execute("query-status", nested(1000)))
                .withMessageContaining("deeper than 1000 levels");
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> client.blocking().execute("query-status", nested(999)))
                .withMessageContaining("Parameter 'a' is unexpected");
        client.blocking().execute("query-status");
    }

    /** {@return arguments of so many levels} */
    private static ObjectNode nested(int levels) {
        ObjectNode outermost = QmpJson.object();
        ObjectNode innermost = outermost;
        for (int i = 1; i < levels; i++) {
            innermost = innermost.putObject("a");
        }
        return outermost;
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.MainLoopBlocker;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.RunstateRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** What a real QEMU puts into the stream besides replies on one line each. */
@Timeout(60)
@RequiresQemu
class RealQemuStreamsIntegrationTests {

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private QmpClient client;
    private RunstateRecorder runstates;

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
        }
    }

    private void start(Endpoint endpoint) {
        client = QmpClient.builder(endpoint)
                .name("streams")
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1.6, 0, Duration.ofMillis(200)))
                .disconnectTimeout(Duration.ofMillis(100))
                .build();
        runstates = RunstateRecorder.of(client::addRunstateListener);
        client.events()
                .subscribe(
                        EventFilter.all(),
                        ListenerOptions.DEFAULTS,
                        Runnable::run,
                        signal -> heard.add(nameOf(signal)));
        client.start();
    }

    private void awaitRunning() {
        await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    @Test
    @DisplayName(
            "#53 listeners survive the machine's death, are notified of it, and receive its events when it is back")
    void hearsEventsOfBothLives() {
        try (Qemu qemu = Qemu.start()) {
            start(qemu.endpoint());
            awaitRunning();
            client.blocking().execute("stop");

            qemu.kill();
            await().until(() -> client.runstate() != Runstate.RUNNING);
            qemu.restart();
            awaitRunning();
            client.blocking().execute("stop");
            client.blocking().execute("cont");

            await().untilAsserted(() -> assertThat(heard)
                    .containsExactly(
                            "Connected", "STOP", "Disconnected, reconnecting true", "Connected", "STOP", "RESUME"));
        }
    }

    private static String nameOf(EventSignal signal) {
        if (signal instanceof EventSignal.Received received) {
            return received.event().name();
        }
        return signal instanceof EventSignal.Disconnected end
                ? "Disconnected, reconnecting " + end.reconnecting()
                : signal.getClass().getSimpleName();
    }

    @Test
    @DisplayName("#57 a monitor that prints one message on many lines is read like any other")
    void readsAPrettyMonitor(@TempDir Path folder) throws IOException {
        Path socket = folder.resolve("p");
        try (Qemu qemu = Qemu.start(
                "-chardev",
                "socket,id=pretty,path=" + socket + ",server=on,wait=off",
                "-mon",
                "chardev=pretty,mode=control,pretty=on")) {
            try (RawPeer raw = RawServer.dial(Endpoint.unix(socket))) {
                assertThat(raw.readLine().strip())
                        .as("the greeting's first line")
                        .isEqualTo("{");
            }
            start(Endpoint.unix(socket));
            awaitRunning();

            CompletableFuture<QmpEvent> stopped = client.start(
                            Operation.of(QmpCommand.of("stop"), EventFilter.named("STOP"), Duration.ofSeconds(10)))
                    .result();
            assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
            assertThat(client.blocking().execute("query-status").path("status").stringValue())
                    .isEqualTo("paused");
            assertThat(client.blocking().execute("query-qmp-schema").size()).isGreaterThan(500);
            assertThat(client.status().machine()).isNotNull();
            assertThat(qemu.isAlive()).isTrue();
        }
    }

    @Test
    @DisplayName("#39 a byte that gets in between makes QEMU send an error without id, which ends the session")
    void endsAtAnErrorWithoutId() {
        endsAt("!");
    }

    @Test
    @DisplayName("#40 one message nested too deeply makes QEMU send a thousand of them: one end, one line of log")
    void endsOnceAtAStormOfErrors() {
        endsAt("{\"execute\": \"query-status\", \"arguments\": " + "[".repeat(1025));
    }

    /** Sends forged bytes by the proxy, because the client itself sends no such message. */
    private void endsAt(String forged) {
        try (Qemu qemu = Qemu.start();
                CuttingProxy proxy = CuttingProxy.to(qemu.socket());
                LogRecorder log = LogRecorder.of("dev.qmp")) {
            start(proxy.endpoint());
            awaitRunning();

            proxy.forge(forged);

            await().until(() -> client.status().reconnects() == 1 && client.runstate() == Runstate.RUNNING);
            runstates.assertSequence(
                    Runstate.CONNECTING,
                    Runstate.RUNNING,
                    Runstate.DISCONNECTING,
                    Runstate.IDLE,
                    Runstate.CONNECTING,
                    Runstate.RUNNING);
            assertThat(runstates.changes().get(2).cause())
                    .isInstanceOfSatisfying(ProtocolException.class, violation -> assertThat(violation.violation())
                            .isEqualTo(Violation.UNATTRIBUTED_ERROR));
            assertThat(log.at(Level.WARN))
                    .filteredOn(line -> line.contains("The session ended"))
                    .singleElement()
                    .asString()
                    .contains("CONNECTION_LOST", "without an id");
            assertThat(log.at(Level.ERROR)).isEmpty();
            assertThat(client.blocking().execute("query-status").has("running")).isTrue();
        }
    }

    @Test
    @DisplayName("#62 an infinity that QEMU sends is refused as the broken JSON it is, and the next session is sound")
    void refusesAnInfinityOfQemu() throws IOException {
        try (Qemu qemu = Qemu.start();
                RawPeer before = RawServer.dial(qemu.endpoint())) {
            MainLoopBlocker blocker = new MainLoopBlocker(qemu);
            ObjectNode slow = QmpJson.object().put("execute", blocker.command().name());
            slow.set("arguments", blocker.command().arguments());
            before.write(
                    "{\"execute\": \"qmp_capabilities\"}" + slow.toString().replaceFirst("\\{", "{\"id\": 1e400, "));
            await().until(() -> Files.exists(qemu.folder().resolve("blocker")));
            before.close();
            start(qemu.endpoint());
            await().until(() -> client.status().greeting() != null);

            blocker.release(); // now QEMU answers, though to another client

            awaitRunning();
            runstates.assertSequence(
                    Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE, Runstate.CONNECTING, Runstate.RUNNING);
            assertThat(runstates.changes().get(1).cause())
                    .rootCause()
                    .isInstanceOfSatisfying(ProtocolException.class, violation -> assertThat(violation.violation())
                            .isEqualTo(Violation.BAD_MESSAGE));
            assertThat(client.blocking().execute("query-status").has("running")).isTrue();
        }
    }
}

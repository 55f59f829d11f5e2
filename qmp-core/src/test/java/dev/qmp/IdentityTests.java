package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.RunstateRecorder;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** G12: a client never goes on with another machine unless it is allowed to. */
@Timeout(30)
class IdentityTests {

    private static final String NONE = "00000000-0000-0000-0000-000000000000";
    private static final String ONE = "11111111-1111-1111-1111-111111111111";
    private static final String OTHER = "22222222-2222-2222-2222-222222222222";

    private final ScriptedServer server = ScriptedServer.start();
    private final QmpClient client = client(IdentityPolicy.SAME);

    private QmpClient client(IdentityPolicy policy) {
        return QmpClient.builder(server.endpoint())
                .identityPolicy(policy)
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(1), 1.0, 0.0, Duration.ofMillis(1)))
                .build();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private Peer greet() {
        Peer peer = server.accept().say(ScriptedServer.GREETING);
        return peer.answer(peer.hear("qmp_capabilities"), "{}");
    }

    private void awaitRunning(QmpClient awaited) {
        await().until(() -> awaited.runstate() == Runstate.RUNNING);
    }

    @Test
    @DisplayName("#22 another machine is refused for good, before it receives a command of the application")
    void refusesAnotherMachine() {
        RunstateRecorder recorder = RunstateRecorder.of(client::addRunstateListener);
        client.start();
        Peer first = greet().identify(ONE, "vm1");
        awaitRunning(client);
        assertThat(client.status().machine()).isEqualTo(new MachineIdentity(UUID.fromString(ONE), "vm1"));

        first.close();
        Peer second = greet().identify(OTHER, "vm1");

        await().until(() -> client.status().lastError() instanceof QmpConnectException);
        assertThat(second.hearsTheEnd()).isTrue();
        recorder.assertSequence(
                Runstate.CONNECTING,
                Runstate.RUNNING,
                Runstate.DISCONNECTING,
                Runstate.IDLE,
                Runstate.CONNECTING,
                Runstate.DISCONNECTING,
                Runstate.IDLE);
        QmpConnectException failure = (QmpConnectException) client.status().lastError();
        assertThat(failure.phase()).isEqualTo(HandshakePhase.IDENTITY);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure).hasMessageContaining(ONE).hasMessageContaining(OTHER);
        assertThat(client.status().machine().uuid()).isEqualTo(UUID.fromString(ONE));
    }

    @Test
    void input30AnotherMachineIsRefusedWithTheWaysToGoOn() {
        client.start();
        greet().identify(ONE, "vm1").close();
        greet().identify(OTHER, "vm1");
        await().until(() -> client.status().lastError() instanceof QmpConnectException failure
                && failure.phase() == HandshakePhase.IDENTITY);
        assertThat(client.status().lastError())
                .hasMessageContaining("identityPolicy(IdentityPolicy.ANY)")
                .hasMessageContaining("disconnect()")
                .hasMessageContaining("start()");
        client.disconnect().exceptionally(failure -> null).join();
        client.start();
        greet().identify(OTHER, "vm1");
        awaitRunning(client);
    }

    @Test
    @DisplayName("#22 the same machine is taken again, however often")
    void takesTheSameMachineAgain() {
        client.start();
        for (int i = 0; i < 3; i++) {
            Peer peer = greet().identify(ONE, "vm1");
            awaitRunning(client);
            peer.close();
            await().until(() -> client.runstate() != Runstate.RUNNING);
        }
        greet().identify(ONE, "vm1");

        awaitRunning(client);
        await().untilAsserted(() -> assertThat(client.status().reconnects()).isEqualTo(3));
    }

    @Test
    @DisplayName("#22 a machine that lost its name is another one")
    void refusesAMachineWithoutTheName() {
        client.start();
        Peer first = greet().identify(ONE, "vm1");
        awaitRunning(client);
        first.close();
        greet().identify(ONE, null);

        await().until(() -> client.status().lastError() instanceof QmpConnectException);
        assertThat(client.status().lastError()).hasMessageContaining(ONE);
    }

    @Test
    @DisplayName("#22 machines without UUIDs are known by their names")
    void refusesAMachineOfAnotherName() {
        client.start();
        Peer first = greet().identify(NONE, "vm1");
        awaitRunning(client);
        first.close();
        greet().identify(NONE, "vm2");

        await().until(() -> client.status().lastError() instanceof QmpConnectException);
        assertThat(client.status().lastError()).hasMessageContaining("vm1").hasMessageContaining("vm2");
        await().until(() -> !client.status().reconnecting());
    }

    @Test
    @DisplayName("#22 after a disconnect that was asked for, any machine is a new beginning")
    void forgetsAfterDisconnect() {
        CompletableFuture<Void> first = client.connect();
        greet().identify(ONE, "vm1");
        first.join();
        client.disconnect().join();

        CompletableFuture<Void> second = client.connect();
        greet().identify(OTHER, "vm2");

        second.join();
        assertThat(client.status().machine()).hasToString("'vm2' " + OTHER);
    }

    @Test
    @DisplayName("#22 where any machine is allowed, none is asked")
    void asksNobodyIfAnyIsAllowed() {
        try (QmpClient carefree = client(IdentityPolicy.ANY)) {
            CompletableFuture<Void> connected = carefree.connect();
            Peer peer = greet();
            connected.join();
            CompletableFuture<?> command = carefree.execute("first");
            peer.answer(peer.hear("first"), "{}");
            command.join();

            assertThat(carefree.status().machine()).isNull();
        }
    }

    @Test
    @DisplayName("a server that is no machine has no identity, and is taken")
    void takesAServerThatIsNoMachine() {
        CompletableFuture<Void> connected = client.connect();
        Peer peer = greet();
        peer.reject(peer.hear("query-uuid"), "CommandNotFound", "The command query-uuid has not been found");
        peer.reject(peer.hear("query-name"), "CommandNotFound", "The command query-name has not been found");

        connected.join();
        assertThat(client.status().machine()).isEqualTo(MachineIdentity.UNKNOWN);
    }

    @Test
    @DisplayName("G6 events between the negotiation and the session come in order, after the session's begin")
    void keepsEventsOfTheLastMoment() {
        List<EventSignal> signals = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.all(), ListenerOptions.DEFAULTS, Runnable::run, signals::add);
        CompletableFuture<Void> connected = client.connect();
        Peer peer = greet().emit("A");
        peer.answer(peer.hear("query-uuid"), "{}").emit("B");
        peer.sayPart("{\"return\": {}, \"id\": " + peer.hear("query-name").get("id") + "}{\"event\": \"C\"}");
        connected.join();

        await().until(() -> signals.size() == 4);
        assertThat(signals.get(0)).isInstanceOf(EventSignal.Connected.class);
        assertThat(signals.subList(1, 4))
                .extracting(signal -> ((EventSignal.Received) signal).event().name())
                .containsExactly("A", "B", "C");
    }

    @Test
    @RequiresQemu
    @DisplayName("#22 a QEMU that took over the socket of another is not mistaken for it")
    void refusesAnotherQemuOnTheSamePath() {
        try (Qemu first = Qemu.start("-uuid", ONE, "-name", "vm1");
                QmpClient steering = QmpClient.builder(first.endpoint()).build()) {
            steering.blocking().connect();
            assertThat(steering.status().machine()).hasToString("'vm1' " + ONE);

            try (Qemu usurper = Qemu.start("-uuid", OTHER, "-qmp", "unix:" + first.socket() + ",server=on,wait=off")) {
                assertThat(steering.blocking()
                                .execute("query-uuid")
                                .path("UUID")
                                .asString())
                        .isEqualTo(ONE);
                first.kill();

                await().until(() -> steering.status().lastError() instanceof QmpConnectException failure
                        && failure.phase() == HandshakePhase.IDENTITY);
                await().until(() -> steering.runstate() == Runstate.IDLE);
                assertThat(usurper.isAlive()).isTrue();
            }
        }
    }
}

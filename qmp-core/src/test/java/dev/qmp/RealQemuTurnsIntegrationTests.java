package dev.qmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.MainLoopBlocker;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.Resources;
import dev.qmp.testing.RunstateRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A monitor serves one client at a time: the effects of earlier clients, and the view of waiting ones. */
@RequiresQemu
class RealQemuTurnsIntegrationTests extends OnRealQemu {

    @Test
    @DisplayName("#15 the replies of the client before are never taken for one's own")
    void neverTakesStaleReplies() {
        long strays = 0;
        for (int round = 0; round < 20; round++) {
            QmpClient leaving = QmpClient.builder(qemu.endpoint())
                    .reconnect(ReconnectPolicy.never())
                    .disconnectTimeout(Duration.ofMillis(1))
                    .build();
            connectBehindRest(leaving);
            for (int i = 0; i < 4; i++) {
                leaving.execute("query-qmp-schema");
            }
            await().until(() -> leaving.status().queued() == 0);
            leaving.close();

            QmpClient coming = client(qemu.endpoint());
            connectBehindRest(coming);
            assertThat(coming.blocking().execute("query-status").has("running")).isTrue();
            strays += coming.status().strayReplies();
            coming.close();
        }
        assertThat(strays).as("QEMU does send them").isPositive();
    }

    /** QEMU may send the rest of a long reply to the next client. That attempt fails, and the one after it succeeds. */
    private static void connectBehindRest(QmpClient client) {
        await().ignoreExceptionsMatching(
                        failure -> failure instanceof QmpConnectException refused && refused.isRetryable())
                .until(() -> {
                    client.blocking().connect();
                    return true;
                });
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
            assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
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
        await().until(() -> attempts(runstates).size() >= 4);
        assertIntervals(attempts(runstates), List.of(50, 100, 200));

        waiting.forEach(RawPeer::close);
        clients.get(0).close();
        await().until(() -> third.runstate() == Runstate.RUNNING);
    }

    /** {@return as many silent clients as the system lets wait} */
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

    private QmpClient impatientClient() {
        QmpClient client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .handshakeTimeout(Duration.ofSeconds(2))
                .build();
        clients.add(client);
        return client;
    }

    @Test
    @DisplayName("#8 a stopped machine accepts the connection and sends nothing; when it continues, it is reached")
    void timesOutAtAStoppedMachine() {
        QmpClient client = impatientClient();
        qemu.freeze();

        assertThat(failureOf(client.connect())).isInstanceOfSatisfying(QmpConnectException.class, failure -> {
            assertThat(failure.phase()).isEqualTo(HandshakePhase.GREETING);
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
    @DisplayName("#16 a negotiation behind the command of an earlier client names that reason, and succeeds after it")
    void negotiatesBehindALongCommand() {
        QmpClient leaving = client(qemu.endpoint());
        leaving.blocking().connect();
        MainLoopBlocker blocker = new MainLoopBlocker(qemu);
        leaving.execute(blocker.command());
        await().until(() -> Files.exists(qemu.folder().resolve("blocker")));
        leaving.close();

        QmpClient client = impatientClient();
        assertThat(failureOf(client.connect())).isInstanceOfSatisfying(QmpConnectException.class, failure -> {
            assertThat(failure.phase()).isEqualTo(HandshakePhase.NEGOTIATION);
            assertThat(failure.isRetryable()).isTrue();
            assertThat(failure).hasMessageContaining("a command of an earlier client");
        });

        blocker.release();
        await().ignoreExceptions().until(() -> {
            client.blocking().connect();
            return true;
        });
    }
}

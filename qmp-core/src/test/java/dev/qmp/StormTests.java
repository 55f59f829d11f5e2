package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.Resources;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import io.netty.util.internal.PlatformDependent;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many clients at once, and one client over and over. */
@Timeout(60)
class StormTests {

    private static final int CLIENTS = 60;
    private static final int CYCLES = 1000;

    @Test
    @DisplayName(
            "#20 reconnect storm: clients that lose their server together reconnect at different times, and log little")
    void comesBackWithoutAStorm() {
        AtomicBoolean down = new AtomicBoolean();
        AtomicInteger refused = new AtomicInteger();
        try (ScriptedServer server = ScriptedServer.start();
                LogRecorder log = LogRecorder.of("dev.qmp.QmpClient")) {
            server.playWithEach(peer -> {
                if (down.get()) {
                    refused.incrementAndGet();
                } else {
                    peer.negotiate().awaitEnd();
                }
            });
            List<QmpClient> clients = IntStream.range(0, CLIENTS)
                    .mapToObj(number -> QmpClient.builder(server.endpoint())
                            .name("storm" + number)
                            .build())
                    .toList();
            clients.forEach(QmpClient::start);
            await().until(() -> clients.stream().allMatch(client -> client.runstate() == Runstate.RUNNING));

            down.set(true);
            long lost = System.nanoTime();
            server.closePeers();
            await().until(() -> refused.get() >= 3 * CLIENTS);
            int attempts = refused.get();
            double millis = (System.nanoTime() - lost) / 1e6;
            down.set(false);
            await().until(() -> clients.stream().allMatch(client -> client.runstate() == Runstate.RUNNING));

            assertThat(attempts).as("attempts in %s ms", millis).isLessThanOrEqualTo(CLIENTS * attemptsWithin(millis));
            assertThat(log.at(Level.WARN).size())
                    .as("one line for the loss, one for what is wrong since")
                    .isBetween(CLIENTS, 2 * CLIENTS);
            clients.forEach(QmpClient::close);
        }
    }

    /** The most that the back-off allows: 100 ms at first, 1.6 times as much each time, a fifth less by luck. */
    private static int attemptsWithin(double millis) {
        int attempts = 0;
        double delay = 80;
        for (double at = delay; at <= millis; at += delay) {
            attempts++;
            delay *= 1.6;
        }
        return attempts + 1;
    }

    @Test
    @DisplayName("#82 a thousand connects, failed in every way and not: no file, no thread, no memory stays")
    void leaksNothing() {
        AtomicInteger turn = new AtomicInteger();
        try (ScriptedServer server = ScriptedServer.start()) {
            server.play(peer -> {
                switch (turn.getAndIncrement() % 5) {
                    case 0 -> {}
                    case 1 -> peer.say("SSH-2.0-OpenSSH_9.2");
                    case 2 -> peer.say(ScriptedServer.GREETING);
                    case 3 -> refuse(peer.say(ScriptedServer.GREETING));
                    default -> peer.negotiate().awaitEnd();
                }
            });
            try (QmpClient client = QmpClient.builder(server.endpoint())
                    .reconnect(ReconnectPolicy.never())
                    .build()) {
                cycle(client, CYCLES / 10);
                Resources before = Resources.now();
                long memory = PlatformDependent.usedDirectMemory();

                int connected = cycle(client, CYCLES);

                assertThat(connected).as("of them were good").isEqualTo(CYCLES / 5);
                Resources.assertNotMoreThan(before);
                assertThat(PlatformDependent.usedDirectMemory() - memory)
                        .as("bytes of direct memory")
                        .isLessThanOrEqualTo(2 << 20);
            }
        }
    }

    private static void refuse(Peer peer) {
        peer.reject(peer.hear("qmp_capabilities"), "GenericError", "no");
    }

    private static int cycle(QmpClient client, int times) {
        int connected = 0;
        for (int time = 0; time < times; time++) {
            boolean success =
                    client.connect().handle((done, failure) -> failure == null).join();
            connected += success ? 1 : 0;
            client.disconnect().exceptionally(failure -> null).join();
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
        }
        return connected;
    }
}

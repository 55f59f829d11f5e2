package dev.qmp.protocol;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static dev.qmp.protocol.Runstate.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.testing.LineCodec;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.RunstateRecorder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers on real sockets that close, reset, send too much, or do not read. */
class BadPeerIntegrationTests extends OnSockets {

    @Test
    @DisplayName("S14 #21 a peer that closes right after it was reached, again and again")
    void aPeerThatClosesAtOnce() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe();
            for (int round = 0; round < 100; round++) {
                RunstateRecorder runstates = new RunstateRecorder();
                Registration registration = probe.addRunstateListener(runstates);
                CompletableFuture<Void> connected = probe.connect(server.endpoint());
                server.accept().close();
                await(connected);
                runstates.assertSequence(CONNECTING, RUNNING, DISCONNECTING, IDLE);
                registration.close();
            }
        }
    }

    @Test
    @DisplayName("S33 a partial last line is not lost without a word")
    void aPartialLastLine() {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe();
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            peer.write("whole\nhal");
            peer.close();
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> {
                        eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
                        await(probe.disconnect());
                    })
                    .satisfies(broken -> assertThat(broken.violation()).isEqualTo(Violation.TRUNCATED));
            assertThat(probe.heard()).containsExactly("whole");
        }
    }

    private LineProbe probeOfLastLines() {
        return remember(new LineProbe(options("vm1").build(), new LineCodec(LineScanner::acceptingLastLine)));
    }

    @Test
    @DisplayName("S33 a scanner that accepts a last line without a newline delivers it, and the end is orderly")
    void anAcceptedLastLine() {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probeOfLastLines();
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            peer.write("one\ntwo");
            peer.close();
            eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
            assertThat(probe.heard()).containsExactly("one", "two");
            assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
            assertThat(probe.lastChange().cause()).isExactlyInstanceOf(ConnectionLostException.class);
        }
    }

    @Test
    @DisplayName("S33 a line that a reset or our own disconnect cuts off is not accepted as the last one")
    void aLastLineThatIsCut() {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probeOfLastLines();
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            peer.write("one\ntwo");
            eventually(() -> assertThat(probe.heard()).containsExactly("one"));
            peer.reset();
            eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
            assertThat(probe.lastChange().cause()).isInstanceOf(ProtocolException.class);

            await(probe.connect(server.endpoint()));
            server.accept().write("three\nfour");
            eventually(() -> assertThat(probe.heard()).containsExactly("one", "three"));
            await(probe.disconnect());
            assertThat(probe.heard()).containsExactly("one", "three");
            assertThat(probe.lastChange().cause()).isNull();
        }
    }

    @Test
    @DisplayName("S28 half a message that our own disconnect cuts off is no failure")
    void halfAMessageAtOurOwnDisconnect() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe();
            await(probe.connect(server.endpoint()));
            server.accept().write("whole\nhal");
            eventually(() -> assertThat(probe.heard()).containsExactly("whole"));
            await(probe.disconnect());
            assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
            assertThat(probe.lastChange().cause()).isNull();
        }
    }

    @Test
    @DisplayName("S28 half a greeting that our own disconnect cuts off is not what ended the connect")
    void halfAGreetingAtOurOwnDisconnect() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe();
            CompletableFuture<String> first = new CompletableFuture<>();
            probe.establishing = () -> probe.hear().thenCompose(line -> {
                first.complete(line);
                return probe.hear().thenAccept(second -> {});
            });
            CompletableFuture<Void> connected = probe.connect(server.endpoint());
            server.accept().write("whole\nhal");
            await(first);
            await(probe.disconnect());
            assertThat(connectFailure(connected)).hasMessageContaining("disconnected meanwhile");
            assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
            assertThat(probe.lastChange().cause()).isNull();
        }
    }

    @ParameterizedTest(name = "S7 a limit of 100 bytes and a message of {0}")
    @ValueSource(ints = {99, 100, 101, 5_000_000})
    void theMessageLimit(int length) {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe(options -> options.maxMessageSize(100));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            try {
                peer.write("x".repeat(length - 1) + (length > 101 ? "x" : "\n"));
            } catch (java.io.UncheckedIOException e) {
                assertThat(length).as("cut while it wrote").isGreaterThan(101);
            }
            if (length <= 100) {
                eventually(() -> assertThat(probe.heard()).hasSize(1));
                assertThat(probe.runstate()).isEqualTo(RUNNING);
            } else {
                eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
                assertThatExceptionOfType(ProtocolException.class)
                        .isThrownBy(() -> await(probe.disconnect()))
                        .withMessageContaining("100 bytes")
                        .satisfies(broken -> assertThat(broken.violation()).isEqualTo(Violation.FRAME_TOO_LONG));
            }
        }
    }

    @ParameterizedTest(name = "S7 an outbound limit of {0} bytes")
    @ValueSource(ints = {10, 300})
    void theOutboundLimit(int limit) {
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe(options -> options.maxOutboundSize(limit));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            probe.say("x".repeat(limit));
            probe.say("two\nlines");
            probe.say("y".repeat(limit - 1));
            assertThat(peer.readLine()).isEqualTo("y".repeat(limit - 1));
            assertThat(probe.unsent()).containsExactly("x".repeat(limit), "two\nlines");
            assertThat(probe.unsentCauses())
                    .allSatisfy(cause -> assertThat(cause).isInstanceOf(IllegalArgumentException.class));
            assertThat(probe.unsentCauses().get(0)).hasMessageContaining(limit + " bytes");
        }
    }

    @ParameterizedTest(name = "S32 #35 a peer that stops reading, on {0}")
    @ValueSource(strings = {"unix", "tcp"})
    void aPeerThatStopsReading(String kind) {
        try (RawServer server = kind.equals("tcp") ? RawServer.tcp() : RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe(options -> options.writeTimeout(Duration.ofMillis(300)));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            int lines = 1000;
            String line = "x".repeat(50_000);
            IntStream.range(0, lines).forEach(i -> probe.say(line));

            eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
            assertThat(probe.lastChange().cause())
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessageContaining("has read no data");
            eventually(() -> assertThat(probe.sent().size() + probe.unsent().size())
                    .as("only what was being written has no fate")
                    .isBetween(lines - 3, lines));
            assertThat(probe.unsent()).hasSizeGreaterThan(lines / 2);
            peer.close();
        }
    }

    @Test
    @DisplayName("S16 a disconnect from a peer that does not read is bounded")
    void disconnectingFromAPeerThatDoesNotRead() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            LineProbe probe = probe(options -> options.disconnectTimeout(Duration.ofMillis(200)));
            await(probe.connect(server.endpoint()));
            RawPeer peer = server.accept();
            IntStream.range(0, 100).forEach(i -> probe.say("x".repeat(50_000)));
            await(probe.disconnect());
            assertThat(probe.runstates()).containsExactly(CONNECTING, RUNNING, DISCONNECTING, IDLE);
            peer.close();
        }
    }

    @Test
    @DisplayName("S29 #27 a reset is the end of the stream, without a trace")
    void aResetIsTheEnd() {
        try (RawServer server = RawServer.tcp();
                LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            LineProbe probe = probe();
            await(probe.connect(server.endpoint()));
            server.accept().reset();
            eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
            assertThat(probe.lastChange().cause()).isInstanceOf(ConnectionLostException.class);
            assertThat(log.at(Level.ERROR)).isEmpty();
            assertThat(log.at(Level.WARN)).isEmpty();
            assertThat(log.at(Level.INFO)).hasSize(1);
        }
    }

    @Test
    @DisplayName("S29 #26 the peer's last messages are received, even if a write fails meanwhile")
    void lastWordsAreHeard() {
        try (RawServer server = RawServer.unix(folder.resolve("s"))) {
            for (int round = 0; round < 20; round++) {
                LineProbe probe = probe();
                await(probe.connect(server.endpoint()));
                RawPeer peer = server.accept();
                IntStream.range(0, 200).forEach(i -> probe.say("x".repeat(10_000)));
                IntStream.range(0, 500).forEach(i -> peer.write("word " + i + "\n"));
                peer.close();
                eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));
                assertThat(probe.heard()).hasSize(500);
            }
        }
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.SessionEnd.Kind;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.testing.LogRecorder;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why a session ended, and since when there is none: kept until the next session. */
class SessionEndTests extends OnScriptedServer {

    private SessionEnd lastEnd() {
        await().until(() -> client.status().lastEnd() != null);
        return client.status().lastEnd();
    }

    private void emitShutdown(String reason, boolean guest) {
        peer.emit("SHUTDOWN", QmpJson.toTree(Map.of("guest", guest, "reason", reason)));
    }

    @ParameterizedTest(name = "{0}, guest {1}: {2}")
    @CsvSource({
        "guest-shutdown, true, SHUT_DOWN_BY_GUEST",
        "guest-reset, true, SHUT_DOWN_BY_GUEST",
        "subsystem-reset, true, SHUT_DOWN_BY_GUEST",
        "host-qmp-quit, false, SHUT_DOWN_BY_COMMAND",
        "host-qmp-system-reset, false, SHUT_DOWN_BY_COMMAND",
        "snapshot-load, false, SHUT_DOWN_BY_COMMAND",
        "host-signal, false, SHUT_DOWN_BY_HOST",
        "host-ui, false, SHUT_DOWN_BY_HOST",
        "guest-panic, true, CRASHED",
        "host-error, false, CRASHED",
        "of-a-later-version, true, SHUT_DOWN_BY_GUEST",
        "of-a-later-version, false, SHUT_DOWN_BY_HOST"
    })
    void input12TheReasonOfTheShutdownDecides(String reason, boolean guest, Kind kind) {
        connect();
        emitShutdown(reason, guest);
        peer.close();

        SessionEnd end = lastEnd();

        assertThat(end.kind()).isEqualTo(kind);
        assertThat(end.shutdownReason()).isEqualTo(reason);
        assertThat(end.cause())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isExpected())
                        .isEqualTo(kind != Kind.CRASHED))
                .hasMessageContaining(reason);
        assertThat(end.at()).isBetween(Instant.now().minusSeconds(20), Instant.now());
    }

    @Test
    @DisplayName("a QEMU before 4.0 gives no reason, and what is no reason is not repeated")
    void input12OnlyReasonsAreRepeated() {
        connect();
        emitShutdown("secret \u001b[2J", true);
        peer.close();

        assertThat(lastEnd().kind()).isEqualTo(Kind.SHUT_DOWN_BY_GUEST);
        assertThat(lastEnd().shutdownReason()).isNull();
        assertThat(lastEnd().cause()).hasMessage("the peer shut down and closed the connection");
    }

    @Test
    @DisplayName("the end, its time and its reason stay while attempts fail, and go with the next session")
    void input12TheReasonStaysUntilTheNextSession() {
        connect(builder -> builder.reconnect(
                        ReconnectPolicy.exponential(Duration.ofMillis(1), 1, 0, Duration.ofMillis(1)))
                .handshakeTimeout(Duration.ofSeconds(5)));
        assertThat(client.status().lastEnd()).isNull();
        assertThat(client.status().downSince()).isNull();
        emitShutdown("guest-shutdown", true);
        peer.close();
        SessionEnd end = lastEnd();
        for (int attempt = 0; attempt < 3; attempt++) {
            server.accept().close();
        }

        assertThat(client.status().lastEnd()).isEqualTo(end);
        assertThat(client.status().downSince()).isEqualTo(end.at());
        await().until(() -> client.status().reconnectAttempts() >= 3);
        assertThat(client.status().since()).isAfterOrEqualTo(end.at());
        assertThat(client.status().lastError()).isInstanceOf(QmpConnectException.class);

        server.accept().negotiate();
        await().until(() -> client.status().downSince() == null);
        assertThat(client.status().lastEnd()).isNull();
        assertThat(client.status().nextAttempt()).isNull();
    }

    @Test
    @DisplayName("the change to IDLE carries the end of its own session, however late a listener reads it")
    void input12EachChangeToIdleCarriesTheEndOfItsSession() throws InterruptedException {
        connect(builder ->
                builder.reconnect(ReconnectPolicy.exponential(Duration.ofMillis(1), 1, 0, Duration.ofMillis(1))));
        try (RunstateWatcher watcher = client.watchRunstate()) {
            emitShutdown("guest-shutdown", true);
            peer.close();
            peer = server.accept().negotiate();
            emitShutdown("host-qmp-quit", false);
            peer.close();
            server.accept().negotiate().close();
            peer = server.accept().negotiate();
            await().until(() -> client.status().reconnects() == 3);
            client.blocking().disconnect();

            List<SessionEnd> ends = new ArrayList<>();
            for (RunstateChange change = watcher.next(Duration.ZERO);
                    change != null;
                    change = watcher.next(Duration.ZERO)) {
                SessionEnd end = SessionEnd.of(change);
                assertThat(end != null).as(change.toString()).isEqualTo(change.current() == Runstate.IDLE);
                if (end != null) {
                    ends.add(end);
                }
            }
            assertThat(ends)
                    .extracting(SessionEnd::kind)
                    .containsExactly(
                            Kind.SHUT_DOWN_BY_GUEST,
                            Kind.SHUT_DOWN_BY_COMMAND,
                            Kind.CONNECTION_LOST,
                            Kind.DISCONNECTED);
            assertThat(ends)
                    .extracting(SessionEnd::shutdownReason)
                    .containsExactly("guest-shutdown", "host-qmp-quit", null, null);
            assertThat(client.status().lastEnd()).isEqualTo(ends.get(3));
        }
    }

    private List<String> ends(LogRecorder log, Level level) {
        return log.at(level).stream()
                .filter(line -> line.startsWith(client.name() + ": The session "))
                .map(line -> line.replaceAll("after [0-9.]+s", "after a while"))
                .toList();
    }

    @Test
    @DisplayName("one line in the log has the kind and the time of a session's end")
    void input12OneLineSaysHowTheSessionEnded() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            connect();
            emitShutdown("guest-shutdown", true);
            peer.close();
            awaitIdle();
            assertThat(ends(log, Level.INFO))
                    .containsExactly(
                            client.name() + ": The session ended after a while: SHUT_DOWN_BY_GUEST (guest-shutdown)");
            assertThat(ends(log, Level.WARN)).isEmpty();
        }
    }

    @Test
    @DisplayName("an end that was asked for is logged at INFO, a crash and a loss at WARN")
    void input12TheKindDecidesTheLevel() {
        try (LogRecorder log = LogRecorder.of("dev.qmp.protocol.AsyncProtocol")) {
            connect();
            client.blocking().disconnect();
            assertThat(ends(log, Level.INFO))
                    .containsExactly(client.name() + ": The session ended after a while: DISCONNECTED");
            client.close();
            connect(builder -> builder.name("crashed"));
            emitShutdown("guest-panic", true);
            peer.close();
            awaitIdle();
            assertThat(ends(log, Level.WARN))
                    .containsExactly("crashed: The session ended after a while: CRASHED (guest-panic), the peer crashed"
                            + " (guest-panic) and closed the connection");
            client.close();
            connect(builder -> builder.name("lost"));
            peer.say("{]");
            awaitIdle();
            assertThat(ends(log, Level.WARN))
                    .singleElement()
                    .asString()
                    .startsWith("lost: The session ended after a while: CONNECTION_LOST, ProtocolException: ");
            assertThat(log.at(Level.ERROR)).isEmpty();
        }
    }

    @Test
    @DisplayName("a machine that runs again after its SHUTDOWN has not announced its end any more")
    void input12ResumeWithdrawsTheNotice() {
        connect();
        emitShutdown("guest-shutdown", true);
        peer.emit("RESUME").close();

        assertThat(lastEnd().kind()).isEqualTo(Kind.CONNECTION_LOST);
        assertThat(lastEnd().shutdownReason()).isNull();
    }

    @Test
    @DisplayName("a watchdog that ends QEMU is a crash, though there is no SHUTDOWN")
    void input12TheWatchdogEndsTheMachine() {
        connect();
        peer.emit("WATCHDOG", QmpJson.toTree(Map.of("action", "poweroff"))).close();

        assertThat(lastEnd().kind()).isEqualTo(Kind.CRASHED);
        assertThat(lastEnd().shutdownReason()).isEqualTo("watchdog");
    }

    @Test
    @DisplayName("our own disconnect is no loss")
    void input12OurOwnDisconnectIsNoLoss() {
        connect();
        client.blocking().disconnect();

        assertThat(lastEnd().kind()).isEqualTo(Kind.DISCONNECTED);
        assertThat(lastEnd().cause()).isNull();
        assertThat(client.status().downSince()).isEqualTo(lastEnd().at());
        assertThat(client.status().nextAttempt()).isNull();
    }

    @Test
    @DisplayName("a stream that ends within a message after the announcement is the announced end")
    void input12AnAnnouncedEndMayCutAMessage() {
        connect();
        emitShutdown("host-qmp-quit", false);
        peer.say("{\"return\": ").close();

        assertThat(lastEnd().kind()).isEqualTo(Kind.SHUT_DOWN_BY_COMMAND);
        assertThat(lastEnd().cause()).isInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("a peer that violates the protocol has not shut down, even after an announcement")
    void input12AViolationIsALoss() {
        connect();
        emitShutdown("host-qmp-quit", false);
        peer.say("nonsense");

        assertThat(lastEnd().kind()).isEqualTo(Kind.CONNECTION_LOST);
        assertThat(lastEnd().cause()).isInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("a socket that refuses the next attempt proves a crash; why the session ended stays")
    void input12ADeadSocketProvesACrash() throws IOException {
        connect(builder -> builder.reconnect(ReconnectPolicy.exponential()));
        leaveDeadSocket();
        peer.close();

        await().until(() ->
                client.status().lastEnd() != null && client.status().lastEnd().kind() == Kind.CRASHED);
        assertThat(client.status().lastEnd().cause())
                .isInstanceOfSatisfying(ConnectionLostException.class, lost -> assertThat(lost.isEndOfStream())
                        .isTrue());
    }

    @Test
    @DisplayName("a socket that is missing at the next attempt proves no crash, even if a later one is refused")
    void input12OnlyTheFirstAttemptProvesACrash() throws IOException {
        connect(builder ->
                builder.reconnect(ReconnectPolicy.exponential(Duration.ofMillis(10), 1, 0, Duration.ofMillis(10))));
        Files.delete(((Endpoint.Unix) server.endpoint()).path());
        peer.close();
        await().until(() -> client.status().reconnectAttempts() > 0);
        leaveDeadSocket();
        await().until(() -> String.valueOf(client.status().lastError()).contains("refused"));

        assertThat(client.status().lastEnd().kind()).isEqualTo(Kind.CONNECTION_LOST);
    }

    /** As a server that was killed leaves it: the file is there, and refuses connections. */
    private void leaveDeadSocket() throws IOException {
        Path socket = ((Endpoint.Unix) server.endpoint()).path();
        Path dead = socket.resolveSibling("dead");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(dead));
        }
        Files.move(dead, socket, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    @DisplayName("down since the client was made, until the first session; the next attempt is known")
    void input32DownSinceTheBeginning() {
        Instant before = Instant.now();
        client = QmpClient.builder("unix:/nowhere/at/all")
                .reconnect(ReconnectPolicy.exponential(Duration.ofHours(1), 1, 0, Duration.ofHours(1)))
                .build();
        Instant since = client.status().downSince();
        assertThat(since).isBetween(before, Instant.now());
        client.start();
        await().until(() -> client.status().nextAttempt() != null);

        assertThat(client.status().downSince()).isEqualTo(since);
        assertThat(client.status().nextAttempt())
                .isBetween(before.plusSeconds(3500), Instant.now().plusSeconds(3600));
        client.blocking().disconnect();
        assertThat(client.status().nextAttempt()).isNull();
    }

    @Test
    @DisplayName("a client that listens again keeps the port that the system chose")
    void input47ThePortStaysWhenTheClientListensAgain() throws Exception {
        client = QmpClient.builder("tcp:127.0.0.1:0").mode(ConnectMode.LISTEN).build();
        client.start();
        await().until(() -> client.status().listeningOn() != null);
        Endpoint first = client.status().listeningOn();
        for (int i = 1; i <= 3; i++) {
            RawServer.dial(first).close();
            int attempts = i;
            await().until(() -> client.status().reconnectAttempts() >= attempts
                    && client.status().listeningOn() != null);
            assertThat(client.status().listeningOn()).isEqualTo(first);
        }
    }

    @Test
    @DisplayName("while the client listens the status shows where, with the port that the system chose")
    void input47TheBoundPortIsShown() {
        client = QmpClient.builder("tcp:127.0.0.1:0").mode(ConnectMode.LISTEN).build();
        assertThat(client.status().listeningOn()).isNull();
        client.start();
        await().until(() -> client.status().listeningOn() != null);

        assertThat(client.status().listeningOn())
                .isInstanceOfSatisfying(
                        Endpoint.Tcp.class, tcp -> assertThat(tcp.port()).isPositive());
        client.blocking().disconnect();
        assertThat(client.status().listeningOn()).isNull();
    }
}

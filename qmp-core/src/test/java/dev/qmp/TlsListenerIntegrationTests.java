package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.testing.FreePort;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.TestKeys;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that listens with TLS, and other peers that connect before the machine. */
@Timeout(60)
class TlsListenerIntegrationTests {

    @TempDir
    static Path keys;

    private static TestKeys ours;
    private static TestKeys machine;

    private InetSocketAddress address;
    private QmpClient client;

    @BeforeAll
    static void makeKeys() {
        ours = TestKeys.make(keys, "ours", "dns:localhost,ip:127.0.0.1");
        machine = TestKeys.make(keys, "machine", "dns:machine");
    }

    @BeforeEach
    void listen() {
        address = new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.find());
        client = QmpClient.builder("tcp:127.0.0.1:" + address.getPort())
                .mode(ConnectMode.LISTEN)
                .tls(TlsOptions.of(ours.trusting(machine)))
                .identityPolicy(IdentityPolicy.ANY)
                .reconnect(() -> () -> Duration.ofMillis(1))
                .build();
        client.start();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private Socket dial() {
        return await().ignoreExceptions()
                .until(() -> new Socket(address.getAddress(), address.getPort()), Socket::isConnected);
    }

    private Socket dialTls(SSLContext context) {
        return await().ignoreExceptions()
                .until(
                        () -> context.getSocketFactory().createSocket(address.getAddress(), address.getPort()),
                        Socket::isConnected);
    }

    private void awaitRefusal(int attempts, ConnectPhase phase) {
        await().until(() -> client.status().reconnectAttempts() == attempts);
        assertThat(client.status().lastError())
                .isInstanceOfSatisfying(QmpConnectException.class, failure -> assertThat(failure.phase())
                        .isEqualTo(phase));
        assertThat(client.status().reconnecting()).isTrue();
    }

    @Test
    @DisplayName(
            "#73 intruders without TLS, without a certificate, with nonsense in TLS: the machine gets in after them")
    void goesOnListeningAfterIntruders() throws IOException {
        try (Socket plain = dial()) {
            plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            awaitRefusal(1, ConnectPhase.TLS);
        }
        try (Socket anonymous = dialTls(TestKeys.anonymousTrusting(ours))) {
            say(anonymous, ScriptedServer.GREETING);
            awaitRefusal(2, ConnectPhase.TLS);
        } catch (IOException e) {
            awaitRefusal(2, ConnectPhase.TLS); // refused while it was still writing
        }
        try (Socket babbling = dialTls(machine.trusting(ours))) {
            say(babbling, "HTTP/1.1 400 Bad Request");
            awaitRefusal(3, HandshakePhase.GREETING);
        }
        try (Socket rightful = dialTls(machine.trusting(ours))) {
            negotiate(rightful);
            await().until(() -> client.runstate() == Runstate.RUNNING);
        }
    }

    @Test
    @DisplayName("#72 the end of TLS is the end of the session, though the peer keeps its socket open")
    void endsWithTls() throws IOException {
        try (Socket socket = dial()) {
            SSLSocket half = (SSLSocket) machine.trusting(ours)
                    .getSocketFactory()
                    .createSocket(socket, address.getHostString(), address.getPort(), false);
            negotiate(half);
            await().until(() -> client.runstate() == Runstate.RUNNING);
            half.close(); // notifies the peer, and leaves the socket below it open
            assertThat(socket.isClosed() || socket.isOutputShutdown()).isFalse();

            await().until(() -> client.status().lastError() instanceof ConnectionLostException);
        }
    }

    private static void negotiate(Socket machine) throws IOException {
        say(machine, ScriptedServer.GREETING);
        BufferedReader commands =
                new BufferedReader(new InputStreamReader(machine.getInputStream(), StandardCharsets.UTF_8));
        String id = commands.readLine().replaceFirst(".*\"id\": ?\"([^\"]*)\".*", "$1");
        say(machine, "{\"return\": {}, \"id\": \"" + id + "\"}");
    }

    private static void say(Socket socket, String message) throws IOException {
        socket.getOutputStream().write((message + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
}

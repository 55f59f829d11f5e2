package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.RejectedException;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.testing.Certificates;
import dev.qmp.testing.FreePort;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.RunstateRecorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** TLS with a real QEMU, which up to 7.2 waits for ever for the end of a message that is not a record of its own. */
@RequiresQemu
class QemuTlsIntegrationTests {

    @TempDir
    static Path folder;

    private static Certificates certificates;
    private static Qemu qemu;
    private static int port;

    @BeforeAll
    static void start() {
        certificates = Certificates.in(folder)
                .issue("server", "dns:localhost,ip:127.0.0.1")
                .issue("client", "dns:client");
        port = FreePort.find();
        qemu = Qemu.start(
                "-object",
                "tls-creds-x509,id=tls0,dir=" + folder + ",endpoint=server,verify-peer=on",
                "-chardev",
                "socket,id=mon,host=127.0.0.1,port=" + port + ",server=on,wait=off,tls-creds=tls0",
                "-mon",
                "chardev=mon,mode=control");
    }

    @AfterAll
    static void stop() {
        if (qemu != null) {
            qemu.close();
        }
    }

    private static QmpClientBuilder client(String host) {
        return QmpClient.builder("tcp:" + host + ":" + port)
                .reconnect(ReconnectPolicy.never())
                .handshakeTimeout(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("#67 QEMU answers every command over TLS, one by one and many at once")
    void answersEveryCommandOneByOneAndManyAtOnce() {
        try (QmpClient client = client("localhost")
                .tls(TlsOptions.of(certificates.context("client")))
                .build()) {
            client.blocking().connect();
            for (int i = 0; i < 30; i++) {
                assertThat(client.blocking()
                                .execute("query-status")
                                .path("running")
                                .asBoolean())
                        .isTrue();
            }
            List<CompletableFuture<JsonNode>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                replies.add(client.execute("query-status"));
            }
            replies.forEach(reply -> assertThat(reply).succeedsWithin(Duration.ofSeconds(10)));
            assertThatExceptionOfType(RejectedException.class).isThrownBy(() -> client.blocking()
                    .execute("qom-get", Map.of("path", "x".repeat(50_000), "property", "y")));
            assertThat(client.blocking().execute("query-qmp-schema").size()).isGreaterThan(800);
        }
    }

    @Test
    void verifiesAnAddressAsWellAsAName() {
        try (QmpClient client = client("127.0.0.1")
                .tls(TlsOptions.of(certificates.context("client")))
                .build()) {
            client.blocking().connect();
            assertThat(client.runstate()).isEqualTo(Runstate.RUNNING);
        }
    }

    @Test
    @DisplayName("#68 a server of another authority is refused")
    void refusesAServerOfAnotherAuthority(@TempDir Path elsewhere) {
        Certificates strangers = Certificates.in(elsewhere).issue("client", "dns:client");
        try (QmpClient client = client("localhost")
                .tls(TlsOptions.of(strangers.context("client")))
                .build()) {
            RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
            assertThatExceptionOfType(QmpConnectException.class)
                    .isThrownBy(() -> client.blocking().connect())
                    .satisfies(failure -> {
                        assertThat(failure.phase()).isEqualTo(ConnectPhase.TLS);
                        assertThat(failure.isRetryable()).isTrue();
                    });
            runstates.assertSequence(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE);
        }
    }

    @Test
    @DisplayName("#69 a server closes for lack of a certificate: the text names it, and a new one may help")
    void hintsAtTheCertificateWhenTheServerHangsUpForLackOfOne() {
        assertCertificateIsRefused(certificates.context(null));
    }

    @Test
    @DisplayName("#69 a server that hangs up because of a certificate of another authority: the same")
    void hintsAtTheCertificateWhenTheServerDoesNotTrustIt(@TempDir Path elsewhere) {
        Certificates strangers = Certificates.in(elsewhere).issue("client", "dns:client");
        assertCertificateIsRefused(certificates.context(strangers, "client"));
    }

    private static void assertCertificateIsRefused(SSLContext context) {
        try (QmpClient client = client("localhost").tls(TlsOptions.of(context)).build()) {
            assertThatExceptionOfType(QmpConnectException.class)
                    .isThrownBy(() -> client.blocking().connect())
                    .withMessageContaining("certificate")
                    .returns(true, QmpConnectException::isRetryable);
        }
    }

    @Test
    @DisplayName("#70 a killed machine does not close TLS: the session ends as without TLS")
    void endsWhenTheMachineIsKilled() {
        try (QmpClient client = client("localhost")
                .tls(TlsOptions.of(certificates.context("client")))
                .build()) {
            RunstateRecorder runstates = RunstateRecorder.of(client::addRunstateListener);
            client.blocking().connect();
            qemu.kill();
            await().until(() -> client.runstate() == Runstate.IDLE);
            assertThat(client.status().lastError()).isInstanceOf(ConnectionLostException.class);
            runstates.assertSequence(Runstate.CONNECTING, Runstate.RUNNING, Runstate.DISCONNECTING, Runstate.IDLE);
        } finally {
            qemu.restart();
        }
    }

    @Test
    @DisplayName("#75 a machine that dials us with TLS is authenticated, and answers")
    @DisabledForJreRange(
            min = JRE.JAVA_25,
            disabledReason = "it offers no PKCS#1 in TLS 1.3, and GnuTLS presents no RSA key then; an EC key works")
    void aMachineDialsAListeningClient() {
        int listening = FreePort.find();
        try (QmpClient client = QmpClient.builder("tcp:127.0.0.1:" + listening)
                        .mode(ConnectMode.LISTEN)
                        .tls(TlsOptions.of(certificates.context("server")))
                        .build();
                Qemu dialling = Qemu.prepare(
                        "-object",
                        "tls-creds-x509,id=tls0,dir=" + folder + ",endpoint=client,verify-peer=on",
                        "-chardev",
                        "socket,id=mon,host=127.0.0.1,port=" + listening + ",server=off,tls-creds=tls0,"
                                + QemuAcceptIntegrationTests.RECONNECT,
                        "-mon",
                        "chardev=mon,mode=control")) {
            CompletableFuture<Void> connected = client.connect();
            dialling.restart();
            assertThat(connected).succeedsWithin(Duration.ofSeconds(20));
            assertThat(client.blocking().execute("query-qmp-schema").size()).isGreaterThan(800);
        }
    }

    @Test
    @DisplayName("#72 a client without TLS times out at a server with TLS")
    void timesOutWithoutTls() {
        try (QmpClient client =
                client("localhost").handshakeTimeout(Duration.ofMillis(500)).build()) {
            assertThatExceptionOfType(QmpConnectException.class)
                    .isThrownBy(() -> client.blocking().connect())
                    .withMessageContaining("it expects TLS")
                    .returns(HandshakePhase.GREETING, QmpConnectException::phase)
                    .returns(true, QmpConnectException::isRetryable);
        }
    }
}

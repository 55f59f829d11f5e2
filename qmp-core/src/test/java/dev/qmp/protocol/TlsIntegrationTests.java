package dev.qmp.protocol;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import dev.qmp.testing.TestKeys;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Row S13: TLS on TCP, in both roles, with good certificates and bad ones, and with peers that know none. */
class TlsIntegrationTests extends OnSockets {

    @TempDir
    static Path keys;

    private static TestKeys server;
    private static TestKeys elsewhere;
    private static TestKeys authority;
    private static TestKeys expired;
    private static TestKeys client;

    @BeforeAll
    static void makeKeys() {
        server = TestKeys.make(keys, "server", "dns:localhost,ip:127.0.0.1");
        elsewhere = TestKeys.make(keys, "elsewhere", "dns:elsewhere.test");
        authority = TestKeys.make(keys, "authority", "dns:authority");
        expired = authority.signExpired(keys, "expired", "dns:localhost,ip:127.0.0.1");
        client = TestKeys.make(keys, "client", "dns:client");
    }

    private static TlsOptions tls(SSLContext context) {
        return TlsOptions.of(context);
    }

    private LineProbe serving(TlsOptions tls) {
        return probe(options -> options.tls(tls).connectTimeout(SOON));
    }

    private Endpoint listen(LineProbe probe) {
        return await(probe.startServer(Endpoint.tcp("127.0.0.1", 0)));
    }

    @Test
    @DisplayName("S13 both sides show certificates, by name and by address; messages go both ways")
    void bothSidesShowCertificates() {
        for (String host : List.of("localhost", "127.0.0.1")) {
            LineProbe accepting = serving(tls(server.trusting(client)));
            LineProbe dialling = serving(tls(client.trusting(server)));
            Endpoint.Tcp where = (Endpoint.Tcp) listen(accepting);
            CompletableFuture<Void> accepted = accepting.accept();
            await(dialling.connect(Endpoint.tcp(host, where.port())));
            await(accepted);
            dialling.say("ping");
            accepting.say("x".repeat(100_000));
            eventually(() -> assertThat(accepting.heard()).containsExactly("ping"));
            eventually(() -> assertThat(dialling.heard()).containsExactly("x".repeat(100_000)));
            await(dialling.disconnect());
            eventually(() -> assertThat(accepting.runstate()).isEqualTo(Runstate.IDLE));
        }
    }

    @ParameterizedTest(name = "S13 #68 the server''s certificate is refused: {0}")
    @CsvSource({"wrong host", "wrong host and a trust manager that trusts all", "expired", "unknown"})
    void aBadServerCertificate(String fault) {
        TestKeys shown =
                switch (fault) {
                    case "expired" -> expired;
                    case "unknown" -> server;
                    default -> elsewhere;
                };
        SSLContext trust =
                switch (fault) {
                    case "unknown" -> client.trusting(authority);
                    case "expired" -> client.trusting(authority);
                    case "wrong host and a trust manager that trusts all" -> client.trustingAll();
                    default -> client.trusting(shown);
                };
        LineProbe accepting = serving(tls(shown.trusting(client)));
        Endpoint where = listen(accepting);
        CompletableFuture<Void> accepted = accepting.accept();
        LineProbe dialling = serving(tls(trust));

        QmpConnectException failure = connectFailure(dialling.connect(where));

        assertThat(failure.phase()).isEqualTo(ConnectPhase.TLS);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure)
                .hasMessageContaining(
                        switch (fault) {
                            case "expired" -> "has expired: renew it";
                            case "unknown" -> "is not trusted: add the authority that issued it to the trust store";
                            default -> "is refused: No";
                        });
        assertThat(dialling.runstates()).doesNotContain(Runstate.RUNNING).endsWith(Runstate.IDLE);
        assertThat(connectFailure(accepted).phase()).isEqualTo(ConnectPhase.TLS);
        assertThat(accepting.runstate()).isEqualTo(Runstate.IDLE);
    }

    @Test
    @DisplayName("S13 suppliers of contexts that hang: a fourth client connects beside three, and TCP beside four")
    void suppliersThatHang() {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger hanging = new AtomicInteger();
        SSLContext context = client.trusting(server);
        TlsOptions hangs = TlsOptions.of(() -> {
            hanging.incrementAndGet();
            awaitUninterruptibly(end);
            return context;
        });
        LineProbe accepting = serving(tls(server.trusting(client)));
        Endpoint where = listen(accepting);
        List<RawServer> others = new ArrayList<>(); // each with a backlog of one
        try {
            for (int i = 1; i <= 3; i++) {
                others.add(hang(hangs, hanging, i));
            }
            CompletableFuture<Void> accepted = accepting.accept();
            LineProbe fourth = serving(tls(context));
            await(fourth.connect(where));
            await(accepted);
            await(fourth.disconnect());

            others.add(hang(hangs, hanging, 4));
            LineProbe plainServer = probe();
            Endpoint plain = listen(plainServer);
            CompletableFuture<Void> acceptedPlain = plainServer.accept();
            await(probe().connect(plain));
            await(acceptedPlain);
        } finally {
            end.countDown();
            others.forEach(RawServer::close);
        }
    }

    private RawServer hang(TlsOptions hangs, AtomicInteger hanging, int count) {
        RawServer other = RawServer.tcp();
        CompletableFuture<Void> connecting = serving(hangs).connect(other.endpoint());
        eventually(() -> assertThat(hanging).hasValue(count));
        assertThat(connecting).isNotDone();
        return other;
    }

    @Test
    @DisplayName("S13 a host name need not match where that was switched off")
    void verificationSwitchedOff() {
        LineProbe accepting = serving(tls(elsewhere.trusting(client)));
        Endpoint where = listen(accepting);
        CompletableFuture<Void> accepted = accepting.accept();
        SSLContext context = client.trusting(elsewhere);
        await(serving(new TlsOptions(() -> context, false, List.of("TLSv1.3"), List.of(), true))
                .connect(where));
        await(accepted);
    }

    @Test
    @DisplayName("S13 #69 a client without a certificate is refused by the server that requires one")
    void aClientCertificateIsRequired() {
        LineProbe accepting = serving(tls(server.trusting(client)));
        Endpoint where = listen(accepting);
        CompletableFuture<Void> accepted = accepting.accept();
        LineProbe dialling = serving(tls(TestKeys.anonymousTrusting(server)));
        CompletableFuture<Void> connected = dialling.connect(where);

        assertThat(connectFailure(accepted).phase()).isEqualTo(ConnectPhase.TLS);
        assertThat(accepting.runstates()).doesNotContain(Runstate.RUNNING);
        connected.exceptionally(failure -> null).join();
        eventually(() -> assertThat(dialling.runstate()).isEqualTo(Runstate.IDLE));
    }

    @Test
    @DisplayName(
            "S13 #72 a peer that speaks no TLS, as server and as client, is named so, and nothing is sent in the clear")
    void aPeerWithoutTls() throws IOException {
        try (RawServer plain = RawServer.tcp()) {
            LineProbe dialling = serving(tls(client.trusting(server)));
            CompletableFuture<Void> connected = dialling.connect(plain.endpoint());
            RawPeer peer = plain.accept();
            assertThat(peer.read()).as("begin of a TLS handshake").isEqualTo(22);
            peer.write("{\"QMP\": {\"version\": {}}}\r\n");
            QmpConnectException failure = connectFailure(connected);
            assertThat(failure.phase()).isEqualTo(ConnectPhase.TLS);
            assertThat(failure.isRetryable()).isTrue();
            assertThat(failure).hasMessageContaining("does not speak TLS");
        }
        LineProbe accepting = serving(tls(server.trusting(client)));
        Endpoint where = listen(accepting);
        CompletableFuture<Void> accepted = accepting.accept();
        try (RawPeer plain = RawServer.dial(where)) {
            plain.write("hello, this is no TLS\n");
            assertThat(connectFailure(accepted)).hasMessageContaining("does not speak TLS");
        }
    }

    @Test
    @DisplayName("S13 a peer that fails the TLS handshake uses up the accept; the port can be listened on again")
    void aPeerThatUsesUpTheAccept() throws IOException {
        LineProbe accepting = serving(tls(server.trusting(client)));
        Endpoint where = listen(accepting);
        CompletableFuture<Void> accepted = accepting.accept();
        try (RawPeer scanner = RawServer.dial(where)) {
            scanner.write("hello, this is no TLS\n");
            connectFailure(accepted);
        }
        assertThat(accepting.runstate()).isEqualTo(Runstate.IDLE);
        assertThat(accepting.listeningOn()).isNull();

        await(accepting.startServer(where));
        CompletableFuture<Void> next = accepting.accept();
        await(serving(tls(client.trusting(server))).connect(where));
        await(next);
    }

    @Test
    @DisplayName("S13 #71 a peer that keeps silent in the TLS handshake runs into the deadline")
    void aSilentPeer() throws IOException {
        try (RawServer silent = RawServer.tcp()) {
            LineProbe dialling =
                    probe(options -> options.tls(tls(client.trusting(server))).connectTimeout(Duration.ofMillis(300)));
            QmpConnectException failure = connectFailure(dialling.connect(silent.endpoint()));
            assertThat(failure.phase()).isEqualTo(ConnectPhase.TLS);
            assertThat(failure.isRetryable()).isTrue();
        }
    }

    @ParameterizedTest(name = "S13 #70 a TLS stream that just stops, {0} a message")
    @ValueSource(strings = {"after", "within"})
    void aStreamThatJustStops(String where) throws IOException {
        try (RawServer tcp = RawServer.tcp()) {
            LineProbe dialling = serving(tls(client.trusting(server)));
            CompletableFuture<Void> connected = dialling.connect(tcp.endpoint());
            try (RawPeer peer = tcp.accept()) {
                OutputStream out = peer.serveTls(server.trusting(client));
                await(connected);
                out.write((where.equals("within") ? "whole\nhalf" : "whole\n").getBytes(StandardCharsets.US_ASCII));
                out.flush();
                eventually(() -> assertThat(dialling.heard()).containsExactly("whole"));
            } // closes the socket below TLS, without a close of TLS
            eventually(() -> assertThat(dialling.runstate()).isEqualTo(Runstate.IDLE));
            assertThat(dialling.heard()).containsExactly("whole");
            assertThat(dialling.lastChange().cause())
                    .isInstanceOf(where.equals("within") ? ProtocolException.class : ConnectionLostException.class);
        }
    }

    @Test
    @DisplayName("S13 an adopted channel is verified against the host that was dialled")
    void anAdoptedChannelIsVerified() throws IOException {
        LineProbe accepting = serving(tls(elsewhere.trusting(client)));
        Endpoint.Tcp where = (Endpoint.Tcp) listen(accepting);
        CompletableFuture<Void> accepted = accepting.accept();
        SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), where.port()));
        LineProbe dialling = serving(tls(client.trusting(elsewhere)));
        assertThat(connectFailure(dialling.connect(loops.adopt(channel))).phase())
                .isEqualTo(ConnectPhase.TLS);
        connectFailure(accepted);
    }

    @Test
    @DisplayName("S13 a Unix socket goes without TLS, in both roles")
    void unixGoesWithout() {
        LineProbe accepting = serving(tls(server.trusting(client)));
        await(accepting.startServer(unix()));
        CompletableFuture<Void> accepted = accepting.accept();
        await(serving(tls(client.trusting(server))).connect(unix()));
        await(accepted);
    }
}

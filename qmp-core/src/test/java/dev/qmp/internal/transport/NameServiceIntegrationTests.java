package dev.qmp.internal.transport;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawServer;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row S13: names with several addresses, of which some are dead. */
@Timeout(60)
class NameServiceIntegrationTests {

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByAddress("several.test", InetAddress.getAllByName(text)[0].getAddress());
    }

    private static LineProbe probe(NettyEventLoops loops) {
        return new LineProbe(ProtocolOptions.builder("vm1")
                .eventLoops(loops)
                .connectTimeout(Duration.ofSeconds(3))
                .build());
    }

    @Test
    @DisplayName("S13 #9 the first address refuses, the second is taken; the name is looked up at each attempt")
    void theFirstAddressRefuses() throws Exception {
        AtomicInteger lookUps = new AtomicInteger();
        NettyEventLoops loops = new NettyEventLoops(
                1,
                host -> {
                    lookUps.incrementAndGet();
                    return new InetAddress[] {address("127.0.0.2"), address("::1"), address("127.0.0.1")};
                },
                false);
        try (RawServer server = RawServer.tcp()) {
            LineProbe probe = probe(loops);
            for (int attempt = 1; attempt <= 2; attempt++) {
                probe.connect(Endpoint.tcp("several.test", server.port())).get(5, TimeUnit.SECONDS);
                server.accept();
                probe.disconnect().get(5, TimeUnit.SECONDS);
                assertThat(lookUps).hasValue(attempt);
            }
            assertThat(probe.runstate()).isEqualTo(Runstate.IDLE);
        } finally {
            loops.close();
        }
    }

    @Test
    @DisplayName("S13 #9 a first address that swallows everything uses up its share of the deadline only")
    void theFirstAddressIsABlackHole() throws Exception {
        NettyEventLoops loops =
                new NettyEventLoops(1, host -> new InetAddress[] {address("127.0.0.2"), address("127.0.0.1")}, false);
        try (RawServer hole = holeWithAFreePortBesideIt();
                RawServer server = RawServer.tcp("127.0.0.1", hole.port())) {
            assumeThat(fill(hole)).as("a full backlog swallows here").isTrue();
            LineProbe probe = probe(loops);
            CompletableFuture<Void> connected = probe.connect(Endpoint.tcp("several.test", server.port()));
            connected.get(5, TimeUnit.SECONDS);
            server.accept();
            probe.disconnect().get(5, TimeUnit.SECONDS);
        } finally {
            loops.close();
        }
    }

    @Test
    @DisplayName("S13 #9 of five addresses, the last is tried, though four before it swallow everything")
    void theLastOfManyAddresses() throws Exception {
        NettyEventLoops loops = new NettyEventLoops(
                1,
                host -> new InetAddress[] {
                    address("127.0.0.2"),
                    address("127.0.0.2"),
                    address("127.0.0.2"),
                    address("127.0.0.2"),
                    address("127.0.0.1")
                },
                false);
        try (RawServer hole = holeWithAFreePortBesideIt();
                RawServer server = RawServer.tcp("127.0.0.1", hole.port())) {
            assumeThat(fill(hole)).as("a full backlog swallows here").isTrue();
            LineProbe probe = probe(loops);
            probe.connect(Endpoint.tcp("several.test", server.port())).get(5, TimeUnit.SECONDS);
            server.accept();
            probe.disconnect().get(5, TimeUnit.SECONDS);
        } finally {
            loops.close();
        }
    }

    @Test
    @DisplayName("S13 #9 repeated look-ups that hang do not prevent dialling an address")
    void lookUpsThatHang() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger lookUps = new AtomicInteger();
        NettyEventLoops loops = new NettyEventLoops(
                1,
                host -> {
                    lookUps.incrementAndGet();
                    awaitUninterruptibly(answer);
                    throw new UnknownHostException(host);
                },
                false);
        try (RawServer server = RawServer.tcp()) {
            LineProbe flapping = probe(loops);
            for (int attempt = 0; attempt < 20; attempt++) {
                CompletableFuture<Void> connected = flapping.connect(Endpoint.tcp("hangs.test", 4444));
                await().until(() -> lookUps.get() == 1);
                flapping.disconnect().get(5, TimeUnit.SECONDS);
                assertThat(connected).failsWithin(Duration.ofSeconds(5));
            }
            LineProbe probe = probe(loops);
            probe.connect(server.endpoint()).get(5, TimeUnit.SECONDS);
            probe.disconnect().get(5, TimeUnit.SECONDS);
            assertThat(lookUps).hasValue(1);
        } finally {
            answer.countDown();
            loops.close();
        }
    }

    @Test
    @DisplayName("S13 #9 a server listens on the first address that can be had")
    void listeningOnSeveralAddresses() throws Exception {
        NettyEventLoops loops = new NettyEventLoops(
                1, host -> new InetAddress[] {address("192.0.2.1"), address("127.0.0.2"), address("127.0.0.1")}, false);
        try {
            LineProbe probe = probe(loops);
            Endpoint.Tcp listening = (Endpoint.Tcp)
                    probe.startServer(Endpoint.tcp("several.test", 0)).get(5, TimeUnit.SECONDS);
            CompletableFuture<Void> accepted = probe.accept();
            RawServer.dial(Endpoint.tcp("127.0.0.2", listening.port())).close();
            accepted.get(5, TimeUnit.SECONDS);
            probe.disconnect().exceptionally(lost -> null).get(5, TimeUnit.SECONDS);
        } finally {
            loops.close();
        }
    }

    @Test
    @DisplayName("S13 #9 if no address can be reached, the failure has the reason for each")
    void listeningOnNone() throws Exception {
        NettyEventLoops loops =
                new NettyEventLoops(1, host -> new InetAddress[] {address("192.0.2.1"), address("127.0.0.1")}, false);
        try (RawServer other = RawServer.tcp()) {
            LineProbe probe = probe(loops);
            assertThat(probe.startServer(Endpoint.tcp("several.test", other.port())))
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .withMessageContaining("cannot listen on tcp:several.test:" + other.port() + ": 192.0.2.1: ")
                    .withMessageContaining("; 127.0.0.1: ");
            probe.disconnect().get(5, TimeUnit.SECONDS);
        } finally {
            loops.close();
        }
    }

    /** {@return a server on 127.0.0.2} Its port is free on 127.0.0.1, too. */
    private static RawServer holeWithAFreePortBesideIt() {
        for (int attempt = 1; ; attempt++) {
            RawServer hole = RawServer.tcp("127.0.0.2", 0);
            try {
                RawServer.tcp("127.0.0.1", hole.port()).close();
                return hole;
            } catch (UncheckedIOException taken) {
                hole.close();
                if (attempt == 10) {
                    throw taken;
                }
            }
        }
    }

    /**
     * Fills the backlog. It returns whether one more connection stays without an answer, for longer than a busy machine
     * needs to make it.
     */
    private static boolean fill(RawServer hole) throws Exception {
        LineProbe filler = new LineProbe(ProtocolOptions.builder("filler")
                .connectTimeout(Duration.ofSeconds(1))
                .build());
        for (int i = 0; i < 8; i++) {
            try {
                filler.connect(hole.endpoint()).get(5, TimeUnit.SECONDS);
                filler = new LineProbe(ProtocolOptions.builder("filler")
                        .connectTimeout(Duration.ofSeconds(1))
                        .build());
            } catch (ExecutionException e) {
                return true;
            }
        }
        return false;
    }
}

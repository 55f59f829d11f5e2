package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.internal.engine.Binding;
import dev.qmp.internal.engine.SecondPeerLog;
import dev.qmp.protocol.Acceptor;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.FreePort;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** An attempt that is cancelled during a name look-up has no effect. */
@Timeout(20)
class GivenUpIntegrationTests {

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final NettyEventLoops loops = new NettyEventLoops(1, this::slowly, false);
    private final int port = FreePort.find();

    private InetAddress[] slowly(String host) {
        asked.countDown();
        try {
            answer.await();
            return InetAddress.getAllByName("127.0.0.1");
        } catch (InterruptedException | IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void closeLoops() {
        answer.countDown();
        loops.close();
    }

    /** The answer is given, and all that could follow from it has. */
    private void answered() throws Exception {
        answer.countDown();
        Endpoint other = Endpoint.tcp("slow.test", 0);
        Acceptor.bind(other, loops, null).get(5, TimeUnit.SECONDS).close();
    }

    private void assertNobodyListens() {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> RawServer.dial(Endpoint.tcp("127.0.0.1", port)));
    }

    @Test
    @DisplayName("S15 cancelling a bind leaves no socket behind")
    void cancellingABind() throws Exception {
        CompletableFuture<Acceptor> bound = Acceptor.bind(Endpoint.tcp("slow.test", port), loops, null);
        asked.await();
        bound.cancel(false);
        answered();
        assertNobodyListens();
    }

    @Test
    @DisplayName("S15 disconnecting while a server starts leaves no socket behind")
    void disconnectingAStart() throws Exception {
        LineProbe probe =
                new LineProbe(ProtocolOptions.builder("vm1").eventLoops(loops).build());
        CompletableFuture<Endpoint> listening = probe.startServer(Endpoint.tcp("slow.test", port));
        asked.await();
        probe.disconnect().get(5, TimeUnit.SECONDS);
        assertThat(listening).failsWithin(Duration.ofSeconds(5));
        answered();
        assertThat(probe.runstate()).isEqualTo(Runstate.IDLE);
        assertNobodyListens();
    }

    @Test
    @DisplayName("S16 a socket that is bound during the cancellation is released when that is reported")
    void givingUpInTheMidstOfABind() throws Exception {
        Endpoint.Tcp endpoint = Endpoint.tcp("127.0.0.1", port);
        NettyLoop loop =
                (NettyLoop) loops.nextLoop(ProtocolOptions.builder("vm1").build());
        Binding binding = new Binding();
        NettyAcceptor.bind(
                endpoint,
                loop,
                null,
                new SecondPeerLog(LoggerFactory.getLogger(getClass())),
                new OpenOperations(),
                new OpenChannels(),
                () -> ListeningSocket.bindTcp(endpoint, List.of(slowly(endpoint.host()))),
                binding);
        asked.await();
        binding.acceptor().cancel(false);
        assertThat(binding.gone()).isNotDone();
        answer.countDown();
        binding.gone().get(5, TimeUnit.SECONDS);
        assertNobodyListens();
    }

    @Test
    @DisplayName("S16 the look-up for a cancelled server does not delay IDLE")
    void givingUpALookUp() throws Exception {
        Binding binding = loops.bind(
                Endpoint.tcp("slow.test", port), null, new SecondPeerLog(LoggerFactory.getLogger(getClass())));
        asked.await();
        binding.acceptor().cancel(false);
        assertThat(binding.gone()).isCompleted();
    }

    @Test
    @DisplayName("G1 closing the loops ends what waits for a name")
    void closingTheLoops() throws Exception {
        CompletableFuture<Acceptor> bound = Acceptor.bind(Endpoint.tcp("slow.test", port), loops, null);
        asked.await();
        loops.close();
        assertThat(bound)
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(QmpConnectException.class)
                .withMessageContaining("the event loops are closed");
    }
}

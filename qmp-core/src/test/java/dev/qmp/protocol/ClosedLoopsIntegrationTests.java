package dev.qmp.protocol;

import static dev.qmp.protocol.Runstate.IDLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Promise G1 when the event loops are closed: nothing waits for them. */
class ClosedLoopsIntegrationTests extends OnSockets {

    private static void assertClosed(QmpConnectException failure) {
        assertThat(failure).hasMessageContaining("the event loops are closed");
        assertThat(failure.isRetryable()).isFalse();
    }

    @Test
    @DisplayName("G1 whatever is begun on closed loops fails at once")
    void nothingBeginsOnClosedLoops() throws IOException {
        LineProbe probe = probe();
        try (RawServer server = RawServer.tcp()) {
            Connection adopted = loops.adopt(
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port())));
            loops.close();
            assertClosed(connectFailure(probe.connect(server.endpoint())));
            assertClosed(connectFailure(probe.connect(unix())));
            assertClosed(connectFailure(probe.connect(adopted)));
            assertClosed(connectFailure(probe.startServer(Endpoint.tcp("127.0.0.1", 0))));
            assertClosed(connectFailure(probe.startServer(unix())));
            assertClosed(connectFailure(Acceptor.bind(unix(), loops, null)));
            assertThat(probe.runstate()).isEqualTo(IDLE);
        }
    }

    @RepeatedTest(20)
    @DisplayName("G1 a session whose loops are closed ends, and says why")
    void aSessionEnds() {
        LineProbe probe = probe();
        try (RawServer server = RawServer.tcp()) {
            await(probe.connect(server.endpoint()));
            loops.close();
            assertThatThrownBy(() -> await(probe.disconnect()))
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessageContaining("the event loops were closed");
        }
    }

    @RepeatedTest(20)
    @DisplayName("G1 an accept whose loops are closed ends, whichever of them ends first")
    void anAcceptEnds() {
        LineProbe probe = probe();
        await(probe.startServer(unix()));
        CompletableFuture<Void> accepted = probe.accept();
        loops.close();
        connectFailure(accepted);
        assertThat(probe.runstate()).isEqualTo(IDLE);
    }
}

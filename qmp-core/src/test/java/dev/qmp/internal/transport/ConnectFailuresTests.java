package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.QmpConnectException;
import io.netty.channel.ChannelException;
import java.net.SocketException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The texts of failures that no test can bring about without harm to its neighbours. */
class ConnectFailuresTests {

    @Test
    @DisplayName(
            "S14 a process out of descriptors is told so, and what to do, however deep the system's word is wrapped")
    void outOfDescriptors() {
        SocketException systems = new SocketException("Too many open files");
        QmpConnectException failure = ConnectFailures.transport(
                "tcp:peer:4444", new ChannelException("Failed to open a socket.", new RuntimeException(systems)));
        assertThat(failure)
                .hasMessageStartingWith("cannot connect to tcp:peer:4444: too many open files")
                .hasMessageContaining("ulimit -n")
                .hasCause(systems);
        assertThat(failure.isRetryable()).isTrue();
    }
}

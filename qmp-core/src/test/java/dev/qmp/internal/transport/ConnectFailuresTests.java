package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.PeerBusyException;
import dev.qmp.protocol.QmpConnectException;
import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The texts of failures that no test can bring about without harm to its neighbours, or in another language. */
class ConnectFailuresTests {

    @Test
    @DisplayName("S14 out of descriptors: the failure has the reason and the remedy, however deep the cause is wrapped")
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

    @Test
    @DisplayName("S14 a refusal is known in every language")
    void aRefusalInGerman() {
        ConnectException systems = new ConnectException("Verbindungsaufbau abgelehnt");
        QmpConnectException failure = ConnectFailures.transport(Endpoint.tcp("peer", 4444), systems);
        assertThat(failure)
                .hasMessage("cannot connect to tcp:peer:4444: connection refused: nothing is listening there")
                .hasCause(systems);
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("S14 a peer that did not answer in time has refused nothing")
    void aTimeoutIsNoRefusal() {
        assertThat(ConnectFailures.transport(
                        Endpoint.tcp("peer", 4444), new ConnectTimeoutException("nothing within 5 s")))
                .hasMessage("cannot connect to tcp:peer:4444: nothing within 5 s");
        assertThat(ConnectFailures.transport(Endpoint.tcp("peer", 4444), new ConnectException("Connection timed out")))
                .hasMessage("cannot connect to tcp:peer:4444: connection timed out");
    }

    @Test
    @DisplayName("S14 a socket that is not there is known in every language")
    void noSuchFileInGerman(@TempDir Path folder) {
        Endpoint.Unix missing = Endpoint.unix(folder.resolve("s"));
        QmpConnectException failure = ConnectFailures.transport(
                missing,
                UnixSocketFiles.obstacleToDial(missing.path()),
                new SocketException("Datei oder Verzeichnis nicht gefunden"));
        assertThat(failure).hasMessageContaining("no such file: the machine is not running");
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("S14 #6 a full backlog is a type of its own")
    void aFullBacklog(@TempDir Path folder) {
        SocketException systems = new SocketException("Resource temporarily unavailable");
        QmpConnectException failure = ConnectFailures.transport(Endpoint.unix(folder), systems);
        assertThat(failure)
                .isInstanceOf(PeerBusyException.class)
                .hasMessageEndingWith("the monitor is busy: too many clients are waiting for it")
                .hasCause(systems)
                .returns(ConnectPhase.TRANSPORT, QmpConnectException::phase)
                .returns(true, QmpConnectException::isRetryable);
    }

    @Test
    @DisplayName("S14 #6 a full backlog is known in the language of the system")
    void aFullBacklogInGerman(@TempDir Path folder) {
        Endpoint.Unix endpoint = Endpoint.unix(folder);
        SocketException systems = new SocketException("Die Ressource ist zur Zeit nicht verf\u00fcgbar");
        BusySocketText.set(systems.getMessage());
        try {
            assertThat(ConnectFailures.transport(endpoint, null, systems)).isInstanceOf(PeerBusyException.class);
        } finally {
            BusySocketText.set(null);
        }
    }

    @Test
    @DisplayName("S14 a failure that only its text could classify is retryable, and keeps the system's text")
    void theRestInGerman(@TempDir Path folder) {
        String busy = "die ressource ist zur zeit nicht verf\u00fcgbar";
        QmpConnectException failure = ConnectFailures.transport(Endpoint.unix(folder), new SocketException(busy));
        assertThat(failure).isNotInstanceOf(PeerBusyException.class).hasMessageEndingWith(": " + busy);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(ConnectFailures.listening(Endpoint.tcp("peer", 80), new BindException("Keine Berechtigung"))
                        .isRetryable())
                .isTrue();
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A client that is about to connect, and a server whose handshake the test scripts. */
@Timeout(20)
abstract class OnHandshake {

    final ScriptedServer server = ScriptedServer.start();
    QmpClient client = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    /** {@return why a connect failed, after which nothing must be left of it} */
    QmpConnectException failureOf(CompletableFuture<Void> connect) {
        try {
            connect.get(10, TimeUnit.SECONDS);
            throw new AssertionError("it succeeded");
        } catch (ExecutionException e) {
            assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            assertThat(e.getCause()).isInstanceOf(QmpConnectException.class);
            return (QmpConnectException) e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no outcome", e);
        }
    }

    void useHandshakeTimeout(long millis) {
        client = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .handshakeTimeout(Duration.ofMillis(millis))
                .build();
    }

    void assertWorks(Peer peer) {
        CompletableFuture<?> command = client.execute("first");
        peer.answer(peer.hear("first"), "{}");
        command.join();
    }
}

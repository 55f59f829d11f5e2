package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.ScriptedServer;
import dev.qmp.testing.ScriptedServer.Peer;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A client on a server that the test scripts. After each test, the client's table is empty. */
@Timeout(20)
abstract class OnScriptedServer {

    final ScriptedServer server = ScriptedServer.start();
    QmpClient client;
    Peer peer;

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
            await().untilAsserted(() -> assertThat(client.status())
                    .extracting(QmpClientStatus::queued, QmpClientStatus::pending, QmpClientStatus::abandoned)
                    .containsExactly(0, 0, 0));
        }
        server.close();
    }

    void connect() {
        connect(builder -> builder);
    }

    void connect(UnaryOperator<QmpClientBuilder> options) {
        QmpClientBuilder builder = QmpClient.builder(server.endpoint())
                .reconnect(ReconnectPolicy.never())
                .disconnectTimeout(Duration.ofMillis(50));
        client = options.apply(builder).build();
        peer = server.connect(client);
    }

    void awaitIdle() {
        await().until(() -> client.runstate() == Runstate.IDLE);
    }

    /** {@return a command whose time passes soon, but not before it is written, on a busy machine either} */
    static QmpCommand quick(String name) {
        return QmpCommand.of(name).withTimeout(Duration.ofSeconds(1));
    }
}

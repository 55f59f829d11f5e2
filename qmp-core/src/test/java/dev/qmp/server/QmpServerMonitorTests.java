package dev.qmp.server;

import dev.qmp.protocol.Endpoint;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** The server in the process keeps the contract that QEMU keeps. */
class QmpServerMonitorTests extends MonitorContract {

    private final QmpServer server = QmpServer.builder(Endpoint.tcp("127.0.0.1", 0))
            .handler("query-yank", CommandHandler.returning(List.of()))
            .start();

    @AfterEach
    void close() {
        server.close();
    }

    @Override
    Endpoint endpoint() {
        return server.endpoint();
    }
}

package dev.qmp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.RawPeer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server in the process keeps the contract that QEMU keeps. */
class QmpServerMonitorTests extends MonitorContract {

    private final CountDownLatch gate = new CountDownLatch(1);
    private final QmpServer server = QmpServer.builder(Endpoint.tcp("127.0.0.1", 0))
            .handler("query-yank", CommandHandler.returning(List.of()))
            .handler("slow", CommandHandler.returning(null).after(gate))
            .start();

    @AfterEach
    void close() {
        server.close();
    }

    @Override
    Endpoint endpoint() {
        return server.endpoint();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"execute": 5, "id": 3} | 3
                    {"execute": "qmp_capabilities", "id": 3} | 3
                    {"exec-oob": "a", "execute": "a", "id": 3} | 3
                    x | null
                    """)
    @DisplayName("an error waits for the command before it, however long that takes")
    void errorsWait(String input, String id) throws IOException {
        try (RawPeer client = negotiated("\"oob\"")) {
            client.write("{\"execute\": \"slow\", \"id\": 1}" + input
                    + "\n{\"exec-oob\": \"query-yank\", \"id\": 7}\n{\"exec-oob\": \"qmp_capabilities\", \"id\": 8}\n"
                    + "{\"exec-oob\": 5, \"id\": 9}\n");
            assertThat(List.of(id(client), id(client), id(client))).containsExactlyInAnyOrder("7", "8", "9");

            gate.countDown();

            assertThat(List.of(id(client), id(client))).containsExactly("1", id);
        }
    }

    private static String id(RawPeer client) {
        return String.valueOf(json(client.readLine()).get("id"));
    }
}

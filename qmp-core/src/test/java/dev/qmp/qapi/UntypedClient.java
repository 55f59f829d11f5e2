package dev.qmp.qapi;

import dev.qmp.QmpClient;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** What {@link FootprintTests} runs in a JVM of its own: a client that uses no generated type. */
final class UntypedClient {

    private UntypedClient() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("qmp");
        Path socket = folder.resolve("s");
        try (QmpServer server = QmpServer.builder(Endpoint.unix(socket)).start();
                QmpClient client = QmpClient.builder(server.endpoint()).build();
                EventMailbox stops = client.events().openMailbox(EventFilter.named("STOP"))) {
            server.handle("query-status", CommandHandler.returning(Map.of("running", true)));
            client.blocking().connect();
            client.blocking().execute("query-status", Map.class);
            server.emit(QmpEvent.of("STOP"));
            if (stops.nextEvent(Duration.ofSeconds(10)) != null) {
                System.out.println("executed and heard");
            }
        }
        Files.deleteIfExists(socket);
        Files.delete(folder);
    }
}

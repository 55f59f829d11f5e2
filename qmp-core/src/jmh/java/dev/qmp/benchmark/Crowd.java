package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Many clients of one server. */
final class Crowd {

    /** How many dial at once: fewer than the server's backlog. */
    private static final int WAVE = 500;

    private Crowd() {}

    /** {@return so many clients, not connected} */
    static List<QmpClient> create(ServerProcess server, int size) {
        return IntStream.range(0, size)
                .mapToObj(number -> server.client().name("vm" + number).build())
                .toList();
    }

    /** {@return so many clients, all connected} */
    static List<QmpClient> connect(ServerProcess server, int size) throws IOException {
        List<QmpClient> clients = create(server, size);
        for (int begin = 0; begin < size; begin += WAVE) {
            all(clients.subList(begin, Math.min(size, begin + WAVE)));
        }
        return clients;
    }

    private static void all(List<QmpClient> clients) {
        CompletableFuture.allOf(clients.stream().map(QmpClient::connect).toArray(CompletableFuture[]::new))
                .join();
    }
}

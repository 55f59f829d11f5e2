package dev.qmp.sample.console.screen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Concurrent requests share one picture, and a failure is not kept. */
class ScreensTests {

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G'};

    @TempDir
    private Path directory;

    private final Screens screens = new Screens();
    private QmpServer server;
    private QmpClient client;

    @BeforeEach
    void connect() {
        server = QmpServer.builder(Endpoint.unix(directory.resolve("vm.qmp"))).start();
        client = QmpClient.builder(server.endpoint()).build();
        client.blocking().connect();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private long dumps() {
        return server.received().stream()
                .filter(command -> command.name().equals("screendump"))
                .count();
    }

    @Test
    void concurrentRequestsShareOnePicture() {
        CountDownLatch asked = new CountDownLatch(2);
        server.handle("screendump", command -> {
            asked.await();
            Files.write(Path.of(command.arguments().get("filename").stringValue()), PNG);
            return QmpJson.object();
        });
        CompletableFuture<byte[]> first = screens.take(client);
        asked.countDown();
        CompletableFuture<byte[]> second = screens.take(client);
        asked.countDown();
        assertThat(first.join()).isEqualTo(PNG);
        assertThat(second.join()).isEqualTo(PNG);
        assertThat(dumps()).isEqualTo(1);
        assertThat(screens.take(client).join()).as("a new one").isEqualTo(PNG);
        assertThat(dumps()).isEqualTo(2);
    }

    @Test
    void aFailureIsNotKept() {
        server.handle("screendump", command -> {
            throw new CommandRejection("no console");
        });
        for (int i = 1; i <= 2; i++) {
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> screens.take(client).join())
                    .withCauseInstanceOf(RejectedException.class);
            assertThat(dumps()).isEqualTo(i);
        }
    }
}

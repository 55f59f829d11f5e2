package dev.qmp.sample.console.screen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Screens come as PNG, whatever the machine can write. */
class ScreensTests {

    private static final byte[] PPM = "P6\n1 1\n255\nrgb".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path directory;

    private final Screens screens = new Screens();
    private final List<Path> asked = new CopyOnWriteArrayList<>();
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
        screens.destroy();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Parameter 'format' is unexpected", "Enable PNG support with libpng for screendump"})
    void areTakenOtherwiseWhereThereIsNoPng(String refusal) throws Exception {
        server.handle("screendump", command -> {
            asked.add(Path.of(command.arguments().get("filename").stringValue()));
            if (command.arguments().has("format")) {
                throw new CommandRejection(refusal);
            }
            Files.write(asked.get(0), PPM);
            return QmpJson.object();
        });
        assertThat(ImageIO.read(new ByteArrayInputStream(screens.take(client).join()))
                                .getRGB(0, 0)
                        & 0xffffff)
                .isEqualTo(('r' << 16) | ('g' << 8) | 'b');
        assertThat(asked).hasSize(2);
        screens.take(client).join();
        assertThat(asked).as("the machine is not asked for a PNG again").hasSize(3);
        assertThat(asked).as("files of one machine").containsOnly(asked.get(0));
        assertThat(asked.get(0)).doesNotExist();
    }

    @Test
    void leaveNoFileIfTheyFail() {
        server.handle("screendump", command -> {
            asked.add(Path.of(command.arguments().get("filename").stringValue()));
            Files.write(asked.get(0), PPM);
            throw new CommandRejection("no console");
        });
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> screens.take(client).join())
                .withCauseInstanceOf(RejectedException.class);
        assertThat(asked.get(0)).doesNotExist();
    }
}

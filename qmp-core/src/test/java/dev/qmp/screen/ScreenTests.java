package dev.qmp.screen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpVersion;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A QEMU that cannot write PNG, and pictures that are not there, on a simulated machine. */
@Timeout(30)
class ScreenTests {

    private static final byte[] PPM =
            "P6\n2 1\n255\nABCxyz".getBytes(StandardCharsets.US_ASCII); // two pixels, of three letters each

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final QmpClient vm = QmpClient.builder(server.endpoint()).build();
    private Screen screen;

    @BeforeEach
    void connect() {
        vm.blocking().connect();
        screen = Screen.of(vm).withDirectory(folder);
    }

    @AfterEach
    void close() {
        vm.close();
        server.close();
        assertThat(folder).as("pictures are always deleted").isEmptyDirectory();
    }

    private void dump(byte[] picture, String refusalOfPng) {
        server.handle("screendump", given -> {
            if (given.arguments().has("format")) {
                throw new CommandRejection(refusalOfPng);
            }
            try {
                Files.write(Path.of(given.arguments().path("filename").stringValue()), picture);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return QmpJson.object();
        });
    }

    @Test
    @DisplayName("a QEMU before 7.1, and one without libpng: the picture is converted, pixel by pixel")
    void convertsWhatQemuCannotWrite() throws IOException {
        dump(PPM, "Parameter 'format' is unexpected");
        assertThat(screen.ppm().join()).isEqualTo(PPM);
        var picture = ImageIO.read(new ByteArrayInputStream(screen.png().join()));
        assertThat(picture.getWidth()).isEqualTo(2);
        assertThat(picture.getHeight()).isEqualTo(1);
        assertThat(picture.getRGB(0, 0)).isEqualTo(0xff414243);
        assertThat(picture.getRGB(1, 0)).isEqualTo(0xff78797a);

        dump(PPM, "Enable PNG support with libpng for screendump");
        assertThat(screen.png().join()).isNotEmpty();
    }

    @Test
    @DisplayName("a QEMU before 7.1 executes one command for a picture, and is not asked for PNG")
    void anOldQemuIsNotAskedForPng() throws IOException {
        try (QmpServer old = QmpServer.builder("tcp:127.0.0.1:0")
                        .version(new QmpVersion(7, 0, 0, ""))
                        .handler("screendump", given -> {
                            Files.write(
                                    Path.of(given.arguments().path("filename").stringValue()), PPM);
                            return QmpJson.object();
                        })
                        .start();
                QmpClient client = QmpClient.builder(old.endpoint()).build()) {
            client.blocking().connect();
            byte[] png = Screen.of(client).withDirectory(folder).png().join();
            assertThat(ImageIO.read(new ByteArrayInputStream(png)).getRGB(1, 0)).isEqualTo(0xff78797a);
            assertThat(old.received())
                    .filteredOn(command -> command.name().equals("screendump"))
                    .singleElement()
                    .satisfies(command ->
                            assertThat(command.arguments().has("format")).isFalse());
        }
    }

    @Test
    void anotherRefusalIsNotHidden() {
        dump(PPM, "There is no console to take a screendump from");
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> screen.png().join())
                .withCauseInstanceOf(RejectedException.class);
    }

    @Test
    void aPictureOnAnotherHostIsReported() {
        server.handle("screendump", given -> QmpJson.object());
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> screen.withDevice("vga0", 1).png().join())
                .withCauseInstanceOf(ScreenshotException.class)
                .withMessageContaining("another host");
        assertThat(server.received()
                        .get(server.received().size() - 1)
                        .arguments()
                        .path("head")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("a picture that is too long for the memory, and a link to another file, are not read")
    void readsNoOtherFile() {
        server.handle("screendump", given -> {
            try (RandomAccessFile file =
                    new RandomAccessFile(given.arguments().path("filename").stringValue(), "rw")) {
                file.setLength(PictureFile.MAX_SIZE + 1);
            }
            return QmpJson.object();
        });
        assertThat(screen.ppm())
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(ScreenshotException.class)
                .withMessageContaining("the picture has more than 134217728 bytes");

        server.handle("screendump", given -> {
            Files.createSymbolicLink(
                    Path.of(given.arguments().path("filename").stringValue()), Path.of("/etc/hostname"));
            return QmpJson.object();
        });
        assertThat(screen.ppm())
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(ScreenshotException.class)
                .withMessageContaining("no regular file");
    }

    @Test
    void aBrokenPictureIsReported() {
        for (String broken :
                new String[] {"", "P5\n2 1\n255\nABCxyz", "P6\n2 1\n255\nABC", "P6\nx 1\n255\nABC", "P6"}) {
            dump(broken.getBytes(StandardCharsets.US_ASCII), "Parameter 'format' is unexpected");
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> screen.png().join())
                    .withCauseInstanceOf(ScreenshotException.class);
        }
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> Screen.of(vm)
                        .withDirectory(Path.of("/nonexistent"))
                        .png()
                        .join())
                .withCauseInstanceOf(ScreenshotException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> screen.withDevice("vga0", -1));
        assertThatIllegalArgumentException().isThrownBy(() -> screen.withDevice(" ", 0));
    }
}

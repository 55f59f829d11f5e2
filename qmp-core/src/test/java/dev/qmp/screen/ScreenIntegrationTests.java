package dev.qmp.screen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pictures of a real QEMU's display. */
@RequiresQemu
@Timeout(60)
class ScreenIntegrationTests {

    @TempDir
    private Path folder;

    @Test
    void everyQemuIsPictured() throws IOException {
        try (Qemu qemu = Qemu.withMachine("pc,accel=tcg", "-S", "-device", "VGA,id=vga0")) {
            qemu.restart();
            try (QmpClient vm = QmpClient.builder(qemu.endpoint()).build()) {
                vm.blocking().connect();
                Screen screen = Screen.of(vm).withDirectory(folder);
                for (byte[] png : new byte[][] {
                    screen.png().join(), screen.withDevice("vga0", 0).png().join()
                }) {
                    assertThat(ImageIO.read(new ByteArrayInputStream(png)).getWidth())
                            .isPositive();
                }
                assertThat(new String(screen.ppm().join(), 0, 2, StandardCharsets.US_ASCII))
                        .isEqualTo("P6");
                assertThat(folder).isEmptyDirectory();
            }
        }
    }
}

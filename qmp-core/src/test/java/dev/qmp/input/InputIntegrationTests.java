package dev.qmp.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.type.InputButton;
import dev.qmp.qapi.type.QKeyCode;
import dev.qmp.task.TaskFailedException;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Input of a real QEMU. Its guest is a boot sector that reads keys by the firmware, and writes each as ASCII to a debug
 * port. QEMU traces what it hands to the pointers.
 */
@RequiresQemu
@Timeout(120)
class InputIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String TEXT = "Hi, {QEMU} @ 2^10 \"keys\" ~|\\";

    /** Writes R; then for ever: mov ah,0; int 0x16; out 0xe9,al. */
    private static final String CODE = "b052e6e9" + "b400cd16e6e9ebf8";

    @TempDir
    private static Path folder;

    private static Path output;
    private static Qemu qemu;
    private static QmpClient vm;

    @BeforeAll
    static void boot() throws IOException {
        byte[] disk = new byte[512];
        byte[] code = HexFormat.of().parseHex(CODE);
        System.arraycopy(code, 0, disk, 0, code.length);
        disk[510] = 0x55;
        disk[511] = (byte) 0xaa;
        Path image = Files.write(folder.resolve("disk"), disk);
        output = folder.resolve("output");
        qemu = Qemu.withMachine(
                "pc,accel=tcg",
                "-drive",
                "format=raw,if=ide,file=" + image,
                "-debugcon",
                "file:" + output,
                "-trace",
                "input_event_*");
        qemu.restart();
        vm = QmpClient.builder(qemu.endpoint()).build();
        vm.blocking().connect();
        awaitOutput(0, "R");
    }

    @AfterAll
    static void stop() {
        vm.close();
        qemu.close();
    }

    @Test
    void theGuestReadsTextsAndChords() {
        Input input = Input.of(vm).withHoldTime(Duration.ofMillis(40));
        int begin = output().length();
        input.type(TEXT).await(SOON);
        awaitOutput(begin, TEXT);
        input.press(QKeyCode.CTRL, QKeyCode.ALT, QKeyCode.DELETE).join();
        awaitOutput(begin, TEXT + "R");
    }

    @Test
    void aPausedGuestIsRefusedInsteadOfLosingKeys() {
        vm.blocking().execute("stop");
        try {
            Input input = Input.of(vm);
            assertThatExceptionOfType(TaskFailedException.class)
                    .isThrownBy(() -> input.type("a").await(SOON))
                    .withMessageContaining("0 of 1 characters were typed, then: the guest does not run");
            assertThatThrownBy(() -> input.press(QKeyCode.A).join()).hasCauseInstanceOf(TaskFailedException.class);
            assertThatThrownBy(() -> input.moveBy(1, 1).join()).hasCauseInstanceOf(RejectedException.class);
        } finally {
            vm.blocking().execute("cont");
        }
    }

    @Test
    void thePointerMovesAndClicks() {
        Input input = Input.of(vm);
        assertThatThrownBy(() -> input.moveTo(0.5, 0.5).join())
                .hasCauseInstanceOf(RejectedException.class)
                .hasMessageContaining("abs");
        try (Qemu tablet = Qemu.withMachine(
                        "pc,accel=tcg",
                        "-usb",
                        "-device",
                        "usb-tablet,id=tablet0,display=vga0",
                        "-device",
                        "VGA,id=vga0",
                        "-trace",
                        "input_event_*");
                QmpClient other = QmpClient.builder(tablet.endpoint()).build()) {
            tablet.restart();
            other.blocking().connect();
            Input pointer = Input.of(other).withDisplay("vga0", 0);
            pointer.moveTo(1.0, 0.0).join();
            pointer.click(InputButton.LEFT).join();
            Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(trace(tablet))
                    .containsExactly(
                            "axis x, value 0x7fff", "axis y, value 0x0", "button left, down 1", "button left, down 0"));
        }
        input.moveBy(-1, 2).join();
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(trace(qemu))
                .containsExactly("axis x, value -1", "axis y, value 2"));
    }

    /** {@return what QEMU handed to pointers, in order} */
    private static List<String> trace(Qemu traced) throws IOException {
        return Files.readAllLines(traced.log()).stream()
                .filter(line -> line.matches(".*input_event_(abs|rel|btn) .*"))
                .map(line -> line.substring(line.indexOf(", ") + 2))
                .toList();
    }

    private static void awaitOutput(int begin, String expected) {
        Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(output().substring(begin))
                .isEqualTo(expected));
    }

    private static String output() {
        try {
            return Files.exists(output) ? Files.readString(output, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

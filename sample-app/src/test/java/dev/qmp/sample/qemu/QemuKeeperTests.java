package dev.qmp.sample.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A program that ends again and again is not started for good. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "runs a shell in the place of QEMU")
class QemuKeeperTests {

    @TempDir
    private Path directory;

    @Test
    void givesUpAndSaysWhy() throws Exception {
        Path starts = directory.resolve("starts");
        QemuKeeper keeper = QemuKeeper.start(
                "vm1",
                List.of("sh", "-c", "echo . >> " + starts + "; echo 'no such machine'; exit 1"),
                Duration.ofMillis(1));
        await().until(() -> !keeper.isAlive());
        assertThat(keeper.problem()).contains("6 times").endsWith("no such machine");
        assertThat(Files.readAllLines(starts)).hasSize(6);
        keeper.stop();
    }

    @Test
    void hasNoProblemWithAMachineThatQuits() {
        QemuKeeper keeper = QemuKeeper.start("vm1", List.of("true"), Duration.ofMillis(1));
        await().until(() -> !keeper.isAlive());
        assertThat(keeper.problem()).isNull();
    }
}

package dev.qmp.sample.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.process.QemuLauncher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A program that ends again and again is not started for good. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "runs a shell in the place of QEMU")
class QemuKeeperTests {

    @TempDir
    private Path directory;

    private QemuKeeper keep(QemuLauncher launcher) {
        return QemuKeeper.start("vm1", launcher.withDirectory(directory), Duration.ofMillis(1));
    }

    @Test
    void givesUpAndSaysWhy() throws Exception {
        Path starts = directory.resolve("starts");
        QemuKeeper keeper =
                keep(QemuLauncher.of("sh", "-c", "echo . >> " + starts + "; echo 'no such machine'; exit 1"));
        await().until(() -> !keeper.isAlive());
        assertThat(keeper.problem()).contains("6 times").endsWith("no such machine");
        assertThat(Files.readAllLines(starts)).hasSize(6);
        keeper.stop();
    }

    @Test
    void hasNoProblemWithAMachineThatQuits() {
        QemuKeeper keeper = keep(QemuLauncher.of("sh", "-c", "exit 0"));
        await().until(() -> !keeper.isAlive());
        assertThat(keeper.problem()).isNull();
    }

    @Test
    void aProgramThatIsNotThereIsNotStartedAgain() {
        QemuKeeper keeper = keep(QemuLauncher.of("no-such-program-here"));
        await().until(() -> !keeper.isAlive());
        assertThat(keeper.problem()).contains("there is no program no-such-program-here on the PATH");
    }

    @Test
    void killsAProcessThatIsJustStarting() throws Exception {
        Path pid = directory.resolve("pid");
        QemuKeeper keeper = keep(QemuLauncher.of("sh", "-c", "echo $$ > " + pid + "; exec sleep 300"));
        await().until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
        ProcessHandle process =
                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        keeper.stop();
        assertThat(keeper.isAlive()).isFalse();
        assertThat(keeper.problem()).isNull();
        await().until(() -> !process.isAlive());
    }
}

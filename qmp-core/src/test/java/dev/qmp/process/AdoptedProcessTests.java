package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** An adopted process whose parent does not read its exit code, as in a container whose first process does not. */
@Timeout(30)
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads the status of processes in /proc")
class AdoptedProcessTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final Process parent;
    private final long pid;

    AdoptedProcessTests() throws IOException {
        parent = new ProcessBuilder("sh", "-c", "sleep 100 & echo $!; exec sleep 1000").start();
        BufferedReader output = parent.inputReader();
        pid = Long.parseLong(output.readLine());
    }

    @AfterEach
    void endParent() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        parent.destroyForcibly();
    }

    @Test
    @DisplayName("a process has ended, although it keeps its id until its parent reads the exit code")
    void endsWithoutItsParent() {
        try (QmpClient client = QmpClient.builder(Endpoint.unix(directory.resolve("vm.qmp"))).build()) {
            QemuProcess machine = QemuProcess.adopt(client, pid);
            assertThat(machine.isAlive()).isTrue();
            assertThat(machine.onExit()).isNotDone();

            assertThat(machine.kill()).succeedsWithin(SOON);

            assertThat(machine.isAlive()).isFalse();
            assertThat(machine.onExit()).succeedsWithin(SOON);
            assertThat(machine.stop()).succeedsWithin(SOON).matches(stop -> stop.step() == QemuStop.Step.ALREADY_ENDED);
            assertThat(ProcessHandle.of(pid)).as("its id is still in use").isPresent();
        }
    }
}

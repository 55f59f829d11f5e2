package dev.qmp.sample.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.sample.testing.SampleProcess;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Profile {@code qemu} with as many machines as asked for. */
@RequiresQemu
class SeveralMachinesIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    @Test
    void startsThreeMachinesAndStopsThemOnExit() throws Exception {
        List<ProcessHandle> machines;
        try (SampleProcess sample = new SampleProcess(directory, "--spring.profiles.active=qemu", "--sample.vms=3")) {
            await().atMost(SOON).untilAsserted(() -> {
                JsonNode connections = sample.api().get("/api/connections").json();
                assertThat(connections.valueStream().map(each -> each.get("name")
                                .stringValue()))
                        .containsExactlyInAnyOrder("vm1", "vm2", "vm3");
                assertThat(connections.valueStream().map(each -> each.get("runstate")
                                .stringValue()))
                        .containsOnly("RUNNING");
            });
            machines = sample.machines();
            assertThat(machines).hasSize(3);
            sample.terminate();
            assertThat(sample.awaitEnd(SOON)).isTrue();
        }
        assertThat(machines).noneMatch(ProcessHandle::isAlive);
    }
}

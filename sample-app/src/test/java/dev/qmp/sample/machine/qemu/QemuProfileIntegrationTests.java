package dev.qmp.sample.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.EventReader;
import dev.qmp.sample.testing.SampleProcess;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Profile {@code qemu}: real machines, which never outlive the application. */
@RequiresQemu
class QemuProfileIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private SampleProcess sample;
    private Api api;

    @BeforeEach
    void start() throws Exception {
        sample = new SampleProcess(directory, "--spring.profiles.active=qemu");
        api = sample.api();
        await().atMost(SOON).until(() -> api.runstate().equals("RUNNING"));
    }

    @AfterEach
    void close() {
        sample.close();
    }

    @Test
    void commandsARealQemu() throws Exception {
        assertThat(api.execute("query-kvm").json().at("/return/enabled").booleanValue())
                .isFalse();
        assertThat(api.execute("query-qmp-schema").response().body().length).isGreaterThan(100_000);
        try (EventReader reader = new EventReader(api.request("/api/events"))) {
            assertThat(api.execute("stop").status()).isEqualTo(200);
            assertThat(api.execute("cont").status()).isEqualTo(200);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(reader.names("vm1")).containsSubsequence("STOP", "RESUME"));
        }
        assertThat(api.execute(Map.of("exec-oob", "query-yank")).status())
                .as("QEMU before 6.0 rejects it, out of band, too")
                .isEqualTo(QemuVersion.installed().isAtLeast("6.0") ? 200 : 422);
        assertThat(api.get("/api/connections/vm1/screen").type()).isEqualTo("image/png");
    }

    @Test
    void bringsAKilledMachineBack() {
        List<ProcessHandle> before = sample.machines();
        assertThat(before).hasSize(1);
        before.forEach(ProcessHandle::destroyForcibly);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(sample.machines()).isNotEmpty().doesNotContainAnyElementsOf(before));
        await().atMost(SOON).until(() -> api.execute("query-status").status() == 200);
        assertThat(api.vm1().get("reconnects").longValue()).isEqualTo(1);
    }

    @Test
    void leavesNoMachineBehindWhenItIsKilled() throws Exception {
        List<ProcessHandle> machines = sample.machines();
        assertThat(machines).hasSize(1);
        sample.kill();
        assertThat(sample.awaitEnd(SOON)).isTrue();
        await().atMost(SOON).untilAsserted(() -> assertThat(machines).noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void endsWithinTheDisconnectTimeoutAlsoIfTheMachineIsFrozen() throws Exception {
        List<ProcessHandle> machines = sample.machines();
        signal("STOP", machines.get(0));
        Thread request = new Thread(() -> api.execute("query-status"));
        request.setUncaughtExceptionHandler((thread, failure) -> {});
        request.start();
        await().atMost(SOON).until(() -> api.vm1().get("pending").intValue() > 0);
        long started = System.nanoTime();
        sample.terminate();
        assertThat(sample.awaitEnd(SOON)).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - started))
                .isLessThan(Duration.ofSeconds(15)); // 5 are its timeout; a phase of the shutdown has 30
        assertThat(machines).noneMatch(ProcessHandle::isAlive);
        assertThat(sample.exitStatus()).isEqualTo(143);
        request.join();
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(status).isZero();
    }
}

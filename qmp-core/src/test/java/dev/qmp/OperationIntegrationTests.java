package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMatch;
import dev.qmp.event.EventNotSeenException;
import dev.qmp.event.FailedByEventException;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.qapi.command.DeviceDel;
import dev.qmp.qapi.command.SystemReset;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Block jobs that succeed and fail, and devices that are unplugged, on a real QEMU. */
@RequiresQemu
@Timeout(60)
class OperationIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int NO_SPACE = 28;

    private static final QmpCommand BACKUP = QmpCommand.of(
            "blockdev-backup", Map.of("job-id", "job0", "device", "source", "target", "target", "sync", "full"));

    private static final EventMatch COMPLETED =
            EventFilter.named("BLOCK_JOB_COMPLETED").with("device", "job0");

    private static final EventMatch CONCLUDED =
            EventFilter.named("JOB_STATUS_CHANGE").with("id", "job0").with("status", "concluded");

    @TempDir
    private Path folder;

    private QmpClient connect(Qemu qemu) {
        QmpClient client = QmpClient.builder(qemu.endpoint()).name("vm1").build();
        client.blocking().connect();
        return client;
    }

    /** Adds a source that has data, and a target that takes it, or has no space left. */
    private void addDisks(QmpClient client, boolean withSpace) throws IOException {
        byte[] content = new byte[1 << 20];
        Arrays.fill(content, (byte) 1);
        Path source = Files.write(folder.resolve("source"), content);
        Path target = Files.write(folder.resolve("target"), new byte[content.length]);
        client.blocking()
                .execute(
                        "blockdev-add", Map.of("driver", "file", "node-name", "source", "filename", source.toString()));
        Map<String, Object> debug = new HashMap<>(Map.of(
                "driver",
                "blkdebug",
                "node-name",
                "target",
                "image",
                Map.of("driver", "file", "filename", target.toString())));
        if (!withSpace) {
            debug.put("inject-error", List.of(Map.of("event", "pwritev", "errno", NO_SPACE)));
        }
        client.blocking().execute("blockdev-add", debug);
    }

    @ParameterizedTest(name = "input10 by its completion: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("a block job that fails (blkdebug, errno 28) is never taken for one that succeeded")
    void input10TellsAFailedJobFromAFinishedOne(boolean byCompletion) throws IOException {
        Operation backup = Operation.of(BACKUP, byCompletion ? COMPLETED : CONCLUDED, SOON);
        try (Qemu qemu = Qemu.start();
                QmpClient client = connect(qemu)) {
            addDisks(client, false);
            assertThatExceptionOfType(FailedByEventException.class)
                    .isThrownBy(() -> client.blocking().run(backup))
                    .satisfies(failed -> {
                        assertThat(failed.event().name())
                                .isEqualTo(byCompletion ? "BLOCK_JOB_COMPLETED" : "JOB_STATUS_CHANGE");
                        assertThat(failed.result().isObject()).isTrue();
                        if (byCompletion) {
                            assertThat(failed).hasMessageEndingWith("No space left on device");
                        }
                    });
        }
        try (Qemu qemu = Qemu.start();
                QmpClient client = connect(qemu)) {
            addDisks(client, true);
            QmpEvent done = client.blocking().run(backup);
            assertThat(done.data().has("error")).isFalse();
            assertThat(Files.readAllBytes(folder.resolve("target")))
                    .isEqualTo(Files.readAllBytes(folder.resolve("source")));
        }
    }

    @Test
    @DisplayName("unplugging virtio-net-pci: the event of its backend, which names no device, is not the device's")
    void input11WaitsForTheDeviceItself() {
        try (Qemu qemu = Qemu.withMachine("pc,accel=tcg", "-S", "-device", "virtio-net-pci,id=net0")) {
            qemu.restart();
            try (QmpClient client = connect(qemu)) {
                EventMatch deleted = EventFilter.named("DEVICE_DELETED").with("device", "net0");
                Operation unplug = Operation.of(DeviceDel.command("net0"), deleted, Duration.ofSeconds(1));
                assertThatExceptionOfType(EventNotSeenException.class)
                        .as("the guest is stopped and cannot let it go")
                        .isThrownBy(() -> client.blocking().run(unplug));

                QmpEvent gone = client.blocking().run(Operation.of(SystemReset.command(), deleted, SOON));
                assertThat(gone.data().path("path").stringValue()).isEqualTo("/machine/peripheral/net0");
            }
        }
    }
}

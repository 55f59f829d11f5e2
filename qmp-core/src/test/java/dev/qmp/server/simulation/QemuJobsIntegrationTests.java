package dev.qmp.server.simulation;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

/** A real QEMU keeps the contract of jobs. */
@RequiresQemu
class QemuJobsIntegrationTests extends JobContract {

    private final Qemu qemu = Qemu.start();

    @AfterEach
    void stop() {
        qemu.close();
    }

    @Override
    Endpoint endpoint() {
        return qemu.endpoint();
    }

    @Override
    void prepare(QmpClient vm) {
        for (String node : new String[] {"a", "b", "c"}) {
            vm.blocking()
                    .execute(QmpCommand.of(
                            "blockdev-add",
                            Map.of("driver", "null-co", "node-name", node, "size", 1 << 28, "read-zeroes", false)));
        }
        Map<String, Object> noSpace = Map.of("event", "none", "iotype", "write", "errno", 28, "once", true);
        vm.blocking()
                .execute(QmpCommand.of(
                        "blockdev-add",
                        Map.of(
                                "driver",
                                "blkdebug",
                                "node-name",
                                "full",
                                "image",
                                Map.of("driver", "null-co", "size", 1 << 28),
                                "inject-error",
                                List.of(noSpace))));
    }

    @Override
    void failWrite(QmpClient vm, String id) {
        if (QemuVersion.installed().isAtLeast("6.0")) { // 5.2 reports the error at once, others when they go on
            copyAll(vm, id);
        }
    }

    @Override
    boolean completesWhilePaused() {
        return QemuVersion.installed().isAtLeast("6.1");
    }

    @Override
    void copyAll(QmpClient vm, String id) {
        vm.blocking().execute(QmpCommand.of("block-job-set-speed", Map.of("device", id, "speed", 0)));
    }
}

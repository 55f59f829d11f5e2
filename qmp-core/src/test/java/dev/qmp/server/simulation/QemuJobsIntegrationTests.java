package dev.qmp.server.simulation;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
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
        for (String node : new String[] {"a", "b"}) {
            vm.blocking()
                    .execute(QmpCommand.of(
                            "blockdev-add",
                            Map.of("driver", "null-co", "node-name", node, "size", 1 << 28, "read-zeroes", false)));
        }
    }

    @Override
    void copyAll(QmpClient vm, String id) {
        vm.blocking().execute(QmpCommand.of("block-job-set-speed", Map.of("device", id, "speed", 0)));
    }
}

package dev.qmp.server.simulation;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import org.junit.jupiter.api.AfterEach;

/** A real QEMU keeps the contract of devices. Its guest is stopped, and so ignores requests until the next reset. */
@RequiresQemu(from = "7.2", reason = "5.2 repeats a pending request, and has another text for a duplicate id")
class QemuDevicesIntegrationTests extends DeviceContract {

    private final Qemu qemu = Qemu.withMachine("pc", "-S");

    QemuDevicesIntegrationTests() {
        qemu.restart();
    }

    @AfterEach
    void stop() {
        qemu.close();
    }

    @Override
    Endpoint endpoint() {
        return qemu.endpoint();
    }

    @Override
    void release(QmpClient vm, String id) {
        vm.blocking().execute("system_reset");
    }
}

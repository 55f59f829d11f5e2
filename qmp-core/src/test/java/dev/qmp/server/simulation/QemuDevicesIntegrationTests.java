package dev.qmp.server.simulation;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import org.junit.jupiter.api.AfterEach;

/** A real QEMU keeps the contract of devices. Its firmware runs, and ignores requests until the next reset. */
@RequiresQemu(from = "7.2", reason = "5.2 has another text for a duplicate id")
class QemuDevicesIntegrationTests extends DeviceContract {

    private final Qemu qemu = Qemu.withMachine("pc,accel=tcg");

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

    /** The guest is stopped, because QEMU sends the event late while an emulated processor is busy. */
    @Override
    void release(QmpClient vm, String id) {
        vm.blocking().execute("system_reset");
        vm.blocking().execute("stop");
    }
}

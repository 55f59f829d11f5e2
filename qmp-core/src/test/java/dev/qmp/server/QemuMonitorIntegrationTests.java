package dev.qmp.server;

import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract is no invention: a real QEMU keeps it. */
@RequiresQemu
class QemuMonitorIntegrationTests extends MonitorContract {

    private static Qemu qemu;

    @BeforeAll
    static void start() {
        qemu = Qemu.start();
    }

    @AfterAll
    static void stop() {
        qemu.close();
    }

    @Override
    Endpoint endpoint() {
        return qemu.endpoint();
    }

    @Override
    boolean knowsYank() {
        return QemuVersion.installed().isAtLeast("6.0");
    }
}

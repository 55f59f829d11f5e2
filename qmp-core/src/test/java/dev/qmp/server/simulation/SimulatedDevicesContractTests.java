package dev.qmp.server.simulation;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.DeviceSimulation.GuestReaction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The simulation keeps the contract of devices that QEMU keeps. */
class SimulatedDevicesContractTests extends DeviceContract {

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final DeviceSimulation devices = DeviceSimulation.on(server);

    @BeforeEach
    void ignoreRequests() {
        devices.onUnplug(GuestReaction.IGNORE);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Override
    Endpoint endpoint() {
        return server.endpoint();
    }

    @Override
    void release(QmpClient vm, String id) {
        devices.release(id);
    }
}

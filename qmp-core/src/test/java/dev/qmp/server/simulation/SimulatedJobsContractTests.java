package dev.qmp.server.simulation;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import org.junit.jupiter.api.AfterEach;

/** The simulation keeps the contract of jobs that QEMU keeps. */
class SimulatedJobsContractTests extends JobContract {

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final JobSimulation jobs = JobSimulation.on(server);

    @AfterEach
    void stop() {
        server.close();
    }

    @Override
    Endpoint endpoint() {
        return server.endpoint();
    }

    @Override
    void prepare(QmpClient vm) {}

    @Override
    void failWrite(QmpClient vm, String id) {
        jobs.fail(id, "No space left on device");
    }

    @Override
    void copyAll(QmpClient vm, String id) {
        jobs.complete(id);
    }
}

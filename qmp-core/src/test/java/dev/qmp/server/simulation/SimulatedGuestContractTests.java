package dev.qmp.server.simulation;

import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The simulation keeps the contract of guests that {@code qemu-ga} keeps. */
class SimulatedGuestContractTests extends GuestContract {

    private final QmpServer server =
            QmpServer.builder("tcp:127.0.0.1:0").guestAgent().start();
    private final GuestSimulation guest = GuestSimulation.on(server);

    @BeforeEach
    void installPrograms() {
        guest.program("echo", program -> ProgramEnd.exit(0).withOutput(String.join(" ", program.arguments()) + "\n"));
        guest.program("cat", program -> ProgramEnd.exit(0).withOutput(program.input()));
        guest.longProgram("sleep");
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
    String newFile() {
        return "/tmp/file";
    }
}

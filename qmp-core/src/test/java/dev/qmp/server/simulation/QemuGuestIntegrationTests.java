package dev.qmp.server.simulation;

import dev.qmp.protocol.Endpoint;
import dev.qmp.testing.GuestAgent;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A real {@code qemu-ga} keeps the contract of guests. */
@RequiresQemu(Tool.GUEST_AGENT)
class QemuGuestIntegrationTests extends GuestContract {

    private static GuestAgent agent;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        agent = GuestAgent.start();
    }

    @AfterAll
    static void stop() {
        agent.close();
    }

    @Override
    Endpoint endpoint() {
        return agent.endpoint();
    }

    @Override
    String newFile() {
        return folder.resolve("file").toString();
    }
}

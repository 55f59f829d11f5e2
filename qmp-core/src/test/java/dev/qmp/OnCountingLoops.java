package dev.qmp;

import dev.qmp.internal.engine.CountingLoops;
import org.junit.jupiter.api.AfterEach;

/** A client on a server that the test scripts, with event loops that count their tasks. */
abstract class OnCountingLoops extends OnScriptedServer {

    final CountingLoops loops = new CountingLoops();

    @AfterEach
    void closeLoops() {
        if (client != null) {
            client.close();
        }
        loops.close();
    }
}

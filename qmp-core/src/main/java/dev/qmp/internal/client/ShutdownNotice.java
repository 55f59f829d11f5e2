package dev.qmp.internal.client;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;

/** Whether the machine has said, in this session, that it shuts down: then its end is no surprise. */
@BottomHalf
final class ShutdownNotice {

    static final String SHUTDOWN = "SHUTDOWN";

    private boolean given;

    void beginSession() {
        given = false;
    }

    /** One started with {@code -no-shutdown} stays, and may run again: then the notice has been for nothing. */
    void see(QmpEvent event) {
        switch (event.name()) {
            case SHUTDOWN -> given = true;
            case "RESUME", "RESET" -> given = false;
            default -> {}
        }
    }

    ConnectionLostException endOfStream() {
        return given ? ConnectionLostException.expectedEndOfStream() : ConnectionLostException.endOfStream();
    }
}

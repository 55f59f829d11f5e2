package dev.qmp.process;

import dev.qmp.protocol.EventLoops;

/** Refuses waits on event loops. */
final class EventLoopWaits {

    private EventLoopWaits() {}

    static void refuse(String alternative) {
        if (EventLoops.isEventLoop(Thread.currentThread())) {
            throw new IllegalStateException("a wait on an event loop would stall connections; use " + alternative);
        }
    }
}

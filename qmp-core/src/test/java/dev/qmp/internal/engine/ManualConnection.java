package dev.qmp.internal.engine;

import dev.qmp.protocol.Connection;

/** A connection that nothing is at the other end of. */
final class ManualConnection implements Connection {

    private boolean closed;

    boolean isClosed() {
        return closed;
    }

    @Override
    public String peer() {
        return "the test";
    }

    @Override
    public void close() {
        closed = true;
    }
}

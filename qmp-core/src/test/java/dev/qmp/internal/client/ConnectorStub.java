package dev.qmp.internal.client;

import dev.qmp.protocol.Registration;
import java.time.Instant;

/**
 * A connector that may begin at any time. Its peer sends something, and has no socket to watch.
 *
 * @param beginning is run by each attempt
 */
record ConnectorStub(Runnable beginning) implements Reconnector.Connector {

    @Override
    public boolean mayBegin() {
        return true;
    }

    @Override
    public void begin() {
        beginning.run();
    }

    @Override
    public boolean hasPeerSent() {
        return true;
    }

    @Override
    public Registration watchSocket(Instant since, Runnable appeared) {
        return () -> {};
    }
}

package dev.qmp.internal.client;

import dev.qmp.protocol.Registration;
import java.time.Instant;

/**
 * Attempts that are possible at any time, at a peer that sends something and has no socket to watch.
 *
 * @param beginning is run by each attempt
 */
record AttemptStub(Runnable beginning) implements Reconnector.Attempt {

    @Override
    public boolean isPossible() {
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

package dev.qmp.internal.engine;

import java.util.ArrayList;
import java.util.List;

/** A transport whose other end is the test. */
final class ManualTransport implements Transport<String> {

    private final ManualEventLoops loops;
    private final TransportListener<String> listener;
    private final List<String> written = new ArrayList<>();
    private final List<Runnable> untaken = new ArrayList<>();
    private boolean open;
    private boolean told;

    /** Whether the peer takes what is written as it is written. */
    boolean takes = true;

    /** Whether closing it is done when {@code close} returns; otherwise {@link #finishClosing()} is awaited. */
    boolean closesAtOnce = true;

    /** How much of what was written the peer has taken. */
    long taken;

    /** What the next writes fail with. */
    RuntimeException writeFailure;

    /** What the next close fails with; null to succeed. */
    Error closeFailure;

    ManualTransport(ManualEventLoops loops, TransportListener<String> listener) {
        this.loops = loops;
        this.listener = listener;
    }

    void opened() {
        open = true;
    }

    TransportListener<String> listener() {
        return listener;
    }

    /** {@return what was written, whether the peer has taken it or not} */
    List<String> written() {
        return written;
    }

    boolean isOpen() {
        return open;
    }

    // ------------------------------------------------------------------ what the peer does

    /** Lines that arrive in one piece; without one, bytes that complete none. */
    void peerSays(String... lines) {
        loops.run(() -> {
            listener.arrived(1);
            for (String line : lines) {
                listener.received(line);
            }
        });
    }

    void peerCloses() {
        loops.run(() -> {
            open = false;
            tellClosed();
        });
    }

    void breaks(Throwable cause) {
        loops.run(() -> listener.failed(cause));
    }

    /** The peer takes all that was written, and from now on everything. */
    void peerTakes() {
        takes = true;
        loops.run(() -> {
            List<Runnable> done = List.copyOf(untaken);
            untaken.clear();
            done.forEach(Runnable::run);
            listener.writabilityChanged();
        });
    }

    void finishClosing() {
        loops.run(this::tellClosed);
    }

    private void tellClosed() {
        if (!told) {
            told = true;
            listener.closed();
        }
    }

    // ------------------------------------------------------------------ what the engine sees

    @Override
    public boolean makeRoom(String next) {
        return open && (takes || untaken.isEmpty());
    }

    @Override
    public void write(String message) {
        if (writeFailure != null) {
            throw writeFailure;
        }
        written.add(message);
    }

    @Override
    public void flush(Runnable done) {
        if (!open) {
            return; // as with Netty, nothing is sent, and nothing reported
        }
        if (takes) {
            done.run();
        } else {
            untaken.add(done);
        }
    }

    @Override
    public long taken() {
        return taken;
    }

    @Override
    public void close() {
        Error failure = closeFailure;
        closeFailure = null;
        if (failure != null) {
            throw failure;
        }
        open = false;
        if (closesAtOnce) {
            tellClosed();
        }
    }
}

package dev.qmp.protocol;

import dev.qmp.internal.transport.NettyEventLoops;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/**
 * The threads that connections live on. Each connection belongs to one event loop for all its life; a loop serves
 * thousands of connections.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public interface EventLoops extends AutoCloseable {

    /** {@return the loops used where nothing else is said: two daemon threads, started when first needed} */
    static EventLoops shared() {
        return NettyEventLoops.shared();
    }

    /**
     * {@return loops of one's own, to be closed when their connections are}
     *
     * @param threads how many, 1 to 1024; two serve ten thousand quiet connections
     */
    static EventLoops create(int threads) {
        return NettyEventLoops.create(threads);
    }

    /** {@return whether a thread is an event loop, where waiting would stall connections} */
    static boolean isEventLoop(Thread thread) {
        Objects.requireNonNull(thread, "thread");
        return NettyEventLoops.isEventLoop(thread);
    }

    /**
     * Takes over a connected channel, so that a session can be run on it with {@link
     * AsyncProtocol#connect(Connection)}. The channel belongs to the connection from now on.
     *
     * @throws IllegalArgumentException if the channel is not connected
     */
    Connection adopt(SocketChannel channel);

    /**
     * Ends the threads, within two seconds. Connections still open are cut. The shared loops ignore it.
     */
    @Override
    void close();
}

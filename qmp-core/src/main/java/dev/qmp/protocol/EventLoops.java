package dev.qmp.protocol;

import dev.qmp.internal.transport.NettyEventLoops;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/**
 * The threads of connections. Each connection belongs to one event loop as long as it exists. A loop serves thousands
 * of connections.
 *
 * <p>Thread safety: all methods may be called from any thread.
 *
 * <p>Not for implementation: other implementations are refused, and later versions may add methods.
 */
public interface EventLoops extends AutoCloseable {

    /**
     * {@return the default loops: two daemon threads, started at their first use} They live as long as the JVM, and
     * keep the class loader of this library. A web application that contains the library should {@link #create} loops
     * and close them, or it stays in memory after the container has stopped it.
     */
    static EventLoops shared() {
        return NettyEventLoops.shared();
    }

    /**
     * {@return new loops; close them after their connections} The threads begin with the first connection. If the
     * system cannot open them then, the attempt fails with {@link QmpConnectException}, and the next one tries again.
     *
     * @param threads the number of threads, 1 to 1024; two serve ten thousand idle connections
     * @throws IllegalArgumentException if the number is out of range
     */
    static EventLoops create(int threads) {
        return NettyEventLoops.create(threads);
    }

    /**
     * {@return whether a thread is an event loop, where waiting would stall connections} A thread that runs a
     * connection's task after the end of its loop counts as one.
     */
    static boolean isEventLoop(Thread thread) {
        Objects.requireNonNull(thread, "thread");
        return NettyEventLoops.isEventLoop(thread);
    }

    /**
     * Takes over a connected channel, for a session by {@link AsyncProtocol#connect(Connection)}. The channel belongs
     * to the returned connection from now on.
     *
     * @throws IllegalArgumentException if the channel is not connected
     */
    Connection adopt(SocketChannel channel);

    /** Ends the threads, within two seconds. Open connections are closed. A call on the shared loops has no effect. */
    @Override
    void close();
}

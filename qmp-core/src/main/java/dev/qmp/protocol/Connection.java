package dev.qmp.protocol;

/**
 * A connected transport without a session: an {@link Acceptor} has accepted it, or {@link EventLoops#adopt} has adopted
 * it. It reads nothing until {@link AsyncProtocol#connect(Connection)} takes it over.
 *
 * <p>Not for implementation: other implementations are refused, and later versions may add methods.
 */
public interface Connection extends AutoCloseable {

    /** {@return the peer's address, for messages} */
    String peer();

    /** Closes the transport. After a protocol has taken it over, the call has no effect. */
    @Override
    void close();
}

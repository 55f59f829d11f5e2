package dev.qmp.protocol;

/**
 * A transport that is connected and has no session yet: one that an {@link Acceptor} handed out, or an adopted channel.
 * It reads nothing until a protocol takes it with {@link AsyncProtocol#connect(Connection)}, which then owns it.
 */
public interface Connection extends AutoCloseable {

    /** {@return who is at the other end, for people} */
    String peer();

    /** Closes the transport; does nothing once a protocol has taken it. */
    @Override
    void close();
}

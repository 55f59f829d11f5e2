package dev.qmp.benchmark;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The rival: a blocking socket that writes a prepared line, reads to the newline and parses nothing. */
final class Wire implements AutoCloseable {

    private static final ByteBuffer NEGOTIATION = line("{\"execute\":\"qmp_capabilities\",\"id\":\"wire-0\"}");

    private final SocketChannel channel;
    private final ByteBuffer reply = ByteBuffer.allocateDirect(1 << 16);

    /** Connects, takes the greeting and negotiates. */
    Wire(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        readLine();
        roundTrip(NEGOTIATION.duplicate());
    }

    /** {@return the line that sends a command} */
    static ByteBuffer command(String name) {
        return line("{\"execute\":\"" + name + "\",\"id\":\"wire-0123456789\"}");
    }

    private static ByteBuffer line(String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** {@return how many bytes the answer had} */
    int roundTrip(ByteBuffer line) throws IOException {
        channel.write(line.rewind());
        return readLine();
    }

    private int readLine() throws IOException {
        int length = 0;
        do {
            reply.clear();
            int count = channel.read(reply);
            if (count < 0) {
                throw new EOFException();
            }
            length += count;
        } while (reply.get(reply.position() - 1) != '\n');
        return length;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

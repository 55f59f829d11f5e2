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

    /** Asks for what the client asks for: QEMU reads another way if out-of-band execution is on. */
    private static final ByteBuffer NEGOTIATION =
            line("{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\":[\"oob\"]},\"id\":\"wire-0\"}");

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
        return line(text(name));
    }

    /** {@return as many such lines, to be written at once} */
    static ByteBuffer commands(String name, int count) {
        return line((text(name) + '\n').repeat(count - 1) + text(name));
    }

    /** As long as the client's: QEMU takes its time for each byte. */
    private static String text(String name) {
        return "{\"execute\":\"" + name + "\",\"id\":\"wire0123456\"}";
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

    /** One command after another. */
    int roundTrips(ByteBuffer line, int count) throws IOException {
        int length = 0;
        for (int trip = 0; trip < count; trip++) {
            length += roundTrip(line);
        }
        return length;
    }

    /** Writes what has so many lines for an answer, and reads them. */
    int exchange(ByteBuffer lines, int answers) throws IOException {
        channel.write(lines.rewind());
        int missing = answers;
        while (missing > 0) {
            read();
            for (int at = 0; at < reply.position(); at++) {
                missing -= reply.get(at) == '\n' ? 1 : 0;
            }
        }
        return answers;
    }

    SocketChannel channel() {
        return channel;
    }

    /**
     * {@return how many bytes of an answer there were to read, which is whole with its newline; 0 if there are none
     * yet}
     */
    int readAvailable() throws IOException {
        int length = read();
        if (length > 0 && reply.get(reply.position() - 1) != '\n') {
            throw new IOException("half an answer");
        }
        return length;
    }

    private int readLine() throws IOException {
        int length = 0;
        do {
            length += read();
        } while (reply.get(reply.position() - 1) != '\n');
        return length;
    }

    private int read() throws IOException {
        int count = channel.read(reply.clear());
        if (count < 0) {
            throw new EOFException();
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

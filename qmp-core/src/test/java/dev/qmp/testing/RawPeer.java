package dev.qmp.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One connected socket without any protocol. It reads and writes on request of the test, and blocks meanwhile. */
public final class RawPeer implements AutoCloseable {

    private final SocketChannel channel;
    /** The start of a TLS handshake, which was read already; null otherwise. */
    private @Nullable InputStream begun;

    RawPeer(SocketChannel channel) {
        this.channel = channel;
    }

    /** {@return the channel itself} */
    public SocketChannel channel() {
        return channel;
    }

    /** Writes text as it is. */
    public void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes bytes. */
    public void write(byte[] bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the next line, null at the end of the stream} */
    public String readLine() {
        StringBuilder line = new StringBuilder();
        for (int next = read(); next != '\n'; next = read()) {
            if (next < 0) {
                return line.isEmpty() ? null : line.toString();
            }
            line.append((char) next);
        }
        return line.toString();
    }

    /** {@return the next byte; -1 at the end of the stream, a reset included} */
    public int read() {
        ByteBuffer one = ByteBuffer.allocate(1);
        try {
            return channel.read(one) < 0 ? -1 : one.get(0) & 0xFF;
        } catch (IOException e) {
            return -1;
        }
    }

    /** Waits until the peer has begun a TLS handshake, for {@link #serveTls}. */
    public void awaitTls() {
        begun = new ByteArrayInputStream(new byte[] {(byte) read()});
    }

    /**
     * Shakes hands as a TLS server, from when on only the stream it returns may be written to. Closing the peer
     * afterwards is rude: it closes the socket below.
     */
    public OutputStream serveTls(SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(channel.socket(), begun, false);
        socket.setUseClientMode(false);
        socket.startHandshake();
        return socket.getOutputStream();
    }

    /** Closes with a reset instead of a farewell. */
    public void reset() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        close();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

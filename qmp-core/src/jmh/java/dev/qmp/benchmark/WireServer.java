package dev.qmp.benchmark;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The server that all benchmarks share, run in a process of its own so that it takes nothing from the heap or the JIT
 * that is measured. It answers every line from prepared bytes and copies the request's id, without reading any JSON.
 */
public final class WireServer {

    private static final byte[] GREETING = bytes("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2,"
            + " \"major\": 9}, \"package\": \"\"}, \"capabilities\": []}}\r\n");
    private static final byte[] BEFORE_ID = bytes("{\"return\": {}, \"id\": \"");
    private static final byte[] AFTER_ID = bytes("\"}\r\n");
    private static final byte[] ID = bytes("\"id\":");

    private WireServer() {}

    /** Serves the Unix socket named by the one argument until the process is ended. */
    public static void main(String[] arguments) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(Path.of(arguments[0])));
            // the file is there before the socket listens, so the one who waits is told
            System.out.println("listening");
            while (true) {
                SocketChannel peer = server.accept();
                Thread thread = new Thread(() -> serve(peer), "wire-server");
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private static void serve(SocketChannel peer) {
        try (peer; OutputStream out = new BufferedOutputStream(Channels.newOutputStream(peer), 1 << 16)) {
            out.write(GREETING);
            out.flush();
            ByteBuffer in = ByteBuffer.allocate(1 << 16);
            while (peer.read(in) >= 0) {
                int start = 0;
                for (int at = 0; at < in.position(); at++) {
                    if (in.get(at) == '\n') {
                        answer(in.array(), start, at, out);
                        start = at + 1;
                    }
                }
                // one write per read: what arrived together is answered together
                out.flush();
                in.flip().position(start);
                in.compact();
            }
        } catch (IOException gone) {
            // the client has hung up: nobody is left to be told
        }
    }

    private static void answer(byte[] line, int start, int end, OutputStream out) throws IOException {
        out.write(BEFORE_ID);
        for (int at = start; at + ID.length < end; at++) {
            if (Arrays.equals(line, at, at + ID.length, ID, 0, ID.length)) {
                int open = at + ID.length;
                while (line[open] != '"') {
                    open++;
                }
                int close = open + 1;
                while (line[close] != '"') {
                    close++;
                }
                out.write(line, open + 1, close - open - 1);
                break;
            }
        }
        out.write(AFTER_ID);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

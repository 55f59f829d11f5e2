package dev.qmp.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One client of the {@link WireServer}. Commands that are not just answered: {@code reply-N} with about N bytes, {@code
 * pieces-N} with the same bytes in many small writes, {@code events-N} with N events before the reply, {@code leave} by
 * closing every connection.
 */
final class WirePeer {

    private static final byte[] GREETING = bytes("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2,"
            + " \"major\": 9}, \"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n");
    private static final byte[] BEFORE_RESULT = bytes("{\"return\": ");
    private static final byte[] EMPTY = bytes("{}");
    private static final byte[] ID_KEY = bytes("id\"");
    private static final byte[] BEFORE_ID = bytes(", \"id\": \"");
    private static final byte[] AFTER_ID = bytes("\"}\r\n");
    private static final byte[] WITHOUT_ID = bytes("}\r\n");
    private static final byte[] EVENT = bytes("{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 123456},"
            + " \"event\": \"BLOCK_JOB_READY\", \"data\": {\"device\": \"drive0\", \"len\": 1048576}}\r\n");
    private static final byte[] REPLY = bytes("reply-");
    private static final byte[] PIECES = bytes("pieces-");
    private static final byte[] EVENTS = bytes("events-");
    private static final byte[] LEAVE = bytes("leave");

    private static final int BUFFER = 1 << 16;
    private static final int MAX_ID = 256;
    /** What an Ethernet segment carries: the smallest pieces that a network makes of a reply. */
    private static final int PIECE = 1448;

    private final SocketChannel channel;
    private byte[] received = new byte[1024];
    private int length;
    private int openBraces;
    private boolean allShallLeave;

    WirePeer(SocketChannel channel) {
        this.channel = channel;
    }

    static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(BUFFER);
    }

    void serve() {
        ByteBuffer in = buffer();
        ByteBuffer out = buffer();
        greet();
        while (readOnce(in, out)) {
            // one write for what came by one read
        }
    }

    void greet() {
        try {
            channel.write(ByteBuffer.wrap(GREETING));
        } catch (IOException gone) {
            close();
        }
    }

    /** {@return whether the client is still there} Both buffers are for the moment of the call only. */
    boolean readOnce(ByteBuffer in, ByteBuffer out) {
        try {
            if (channel.read(in.clear()) < 0) {
                close();
                return false;
            }
            take(in.flip(), out.clear());
            flush(out);
            return true;
        } catch (IOException gone) {
            close();
            return false;
        }
    }

    boolean wantsAllToLeave() {
        return allShallLeave;
    }

    void close() {
        try {
            channel.close();
        } catch (IOException gone) {
            // so it is closed
        }
    }

    /** A command ends with its last brace. QEMU needs no newline, and some clients send none. */
    private void take(ByteBuffer in, ByteBuffer out) throws IOException {
        int end = length + in.remaining();
        if (end > received.length) {
            received = Arrays.copyOf(received, 2 * end);
        }
        in.get(received, length, in.remaining());
        int begin = 0;
        for (int at = length; at < end; at++) {
            if (received[at] == '{') {
                openBraces++;
            } else if (received[at] == '}' && --openBraces == 0) {
                answer(begin, at, out);
                begin = at + 1;
            }
        }
        length = end - begin;
        System.arraycopy(received, begin, received, 0, length);
    }

    /** The command's name stands behind the third quote. Its id is the last quoted text; some clients send none. */
    private void answer(int begin, int end, ByteBuffer out) throws IOException {
        int name = begin;
        for (int quotes = 0; quotes < 3; name++) {
            quotes += received[name] == '"' ? 1 : 0;
        }
        int behindId = quoteBefore(end);
        int id = quoteBefore(behindId) + 1;
        if (isAt(name, EVENTS)) {
            for (int count = number(name + EVENTS.length); count > 0; count--) {
                put(EVENT, out);
            }
        }
        put(BEFORE_RESULT, out);
        if (isAt(name, REPLY)) {
            flush(out);
            write(BigResult.prepared(number(name + REPLY.length)));
        } else if (isAt(name, PIECES)) {
            flush(out);
            writePieces(BigResult.prepared(number(name + PIECES.length)));
        } else {
            put(EMPTY, out);
        }
        if (isAt(quoteBefore(id - 1) + 1 - ID_KEY.length, ID_KEY)) {
            put(BEFORE_ID, out);
            out.put(received, id, behindId - id);
            put(AFTER_ID, out);
        } else {
            put(WITHOUT_ID, out);
        }
        allShallLeave = isAt(name, LEAVE);
    }

    private int quoteBefore(int end) {
        int at = end - 1;
        while (received[at] != '"') {
            at--;
        }
        return at;
    }

    private boolean isAt(int at, byte[] text) {
        return Arrays.equals(received, at, at + text.length, text, 0, text.length);
    }

    private int number(int from) {
        int number = 0;
        for (int at = from; received[at] >= '0' && received[at] <= '9'; at++) {
            number = 10 * number + received[at] - '0';
        }
        return number;
    }

    private void put(byte[] text, ByteBuffer out) throws IOException {
        if (out.remaining() < text.length + MAX_ID) {
            flush(out);
        }
        out.put(text);
    }

    private void flush(ByteBuffer out) throws IOException {
        write(out.flip());
        out.clear();
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void writePieces(ByteBuffer bytes) throws IOException {
        for (int end = bytes.limit(); bytes.position() < end; ) {
            write(bytes.limit(Math.min(end, bytes.position() + PIECE)));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

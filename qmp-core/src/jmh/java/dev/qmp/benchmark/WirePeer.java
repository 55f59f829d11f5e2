package dev.qmp.benchmark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One client of the {@link WireServer}. Commands that are not just answered: {@code reply-N} with about N bytes, {@code
 * events-N} with N events before the reply, {@code leave} by closing every connection.
 */
final class WirePeer {

    private static final byte[] GREETING = bytes("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2,"
            + " \"major\": 9}, \"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n");
    private static final byte[] BEFORE_RESULT = bytes("{\"return\": ");
    private static final byte[] EMPTY = bytes("{}");
    private static final byte[] BEFORE_ID = bytes(", \"id\": \"");
    private static final byte[] AFTER_ID = bytes("\"}\r\n");
    private static final byte[] ID = bytes("\"id\":\"");
    private static final byte[] EVENT = bytes("{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 123456},"
            + " \"event\": \"BLOCK_JOB_READY\", \"data\": {\"device\": \"drive0\", \"len\": 1048576}}\r\n");
    private static final byte[] REPLY = bytes("\"reply-");
    private static final byte[] EVENTS = bytes("\"events-");
    private static final byte[] LEAVE = bytes("\"leave\"");

    private static final int FLUSH_AT = 1 << 16;

    private final SocketChannel channel;
    private final Output out = new Output();
    private byte[] line = new byte[256];
    private int length;
    private boolean allShallLeave;

    WirePeer(SocketChannel channel) {
        this.channel = channel;
    }

    /** Bytes whose array need not be copied to be written. */
    private static final class Output extends ByteArrayOutputStream {

        ByteBuffer view() {
            return ByteBuffer.wrap(buf, 0, count);
        }
    }

    void serve() {
        ByteBuffer in = ByteBuffer.allocateDirect(1 << 16);
        greet();
        while (readOnce(in)) {
            // one write for what came by one read
        }
    }

    void greet() {
        try {
            out.write(GREETING);
            flush();
        } catch (IOException gone) {
            close();
        }
    }

    /** {@return whether the client is still there} */
    boolean readOnce(ByteBuffer in) {
        try {
            in.clear();
            if (channel.read(in) < 0) {
                close();
                return false;
            }
            in.flip();
            while (in.hasRemaining()) {
                take(in.get());
            }
            flush();
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

    private void take(byte next) throws IOException {
        if (next == '\n') {
            answer();
            length = 0;
            return;
        }
        if (length == line.length) {
            line = java.util.Arrays.copyOf(line, 2 * length);
        }
        line[length++] = next;
    }

    private void answer() throws IOException {
        int events = find(EVENTS);
        for (int count = events < 0 ? 0 : number(events); count > 0; count--) {
            out.write(EVENT);
            if (out.size() >= FLUSH_AT) {
                flush();
            }
        }
        int reply = find(REPLY);
        out.write(BEFORE_RESULT);
        out.write(reply < 0 ? EMPTY : BigResult.ofSize(number(reply)));
        int id = find(ID);
        if (id >= 0) {
            out.write(BEFORE_ID);
            int end = id;
            while (line[end] != '"') {
                end++;
            }
            out.write(line, id, end - id);
        }
        out.write(AFTER_ID, id < 0 ? 1 : 0, AFTER_ID.length - (id < 0 ? 1 : 0));
        allShallLeave = find(LEAVE) >= 0;
    }

    /** {@return the index behind the mark, -1 if the line has none} */
    private int find(byte[] mark) {
        for (int at = 0; at + mark.length <= length; at++) {
            if (java.util.Arrays.equals(line, at, at + mark.length, mark, 0, mark.length)) {
                return at + mark.length;
            }
        }
        return -1;
    }

    private int number(int from) {
        int number = 0;
        for (int at = from; line[at] >= '0' && line[at] <= '9'; at++) {
            number = 10 * number + line[at] - '0';
        }
        return number;
    }

    private void flush() throws IOException {
        for (ByteBuffer rest = out.view(); rest.hasRemaining(); ) {
            channel.write(rest);
        }
        out.reset();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

package dev.qmp.internal.json;

import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;

/**
 * Finds the messages of a client: objects, and other text between them. Other text is a frame to the end of its line,
 * or to the next object. The server answers it with an error instead of closing the connection, as QEMU does.
 */
final class ClientFrameScanner implements FrameScanner {

    private final JsonFrameScanner objects = new JsonFrameScanner(Integer.MAX_VALUE, false);
    private boolean withinOther;
    /** The number of searched bytes that belong to no object. */
    private int searched;

    @Override
    public int scan(ByteBuffer bytes) {
        if (!objects.isWithinFrame()) {
            int start = bytes.position();
            while (start < bytes.limit() && isSeparator(bytes.get(start))) {
                start++;
            }
            if (start < bytes.limit() && bytes.get(start) != '{') {
                int end = endOfOther(bytes, start);
                withinOther = end < 0;
                return end;
            }
        }
        return objects.scan(bytes);
    }

    private static boolean isSeparator(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }

    /**
     * {@return the end of other text} An array may contain objects, and a string braces, so both extend to the end of
     * the line.
     */
    private int endOfOther(ByteBuffer bytes, int start) {
        boolean closed = bytes.get(start) == '[' || bytes.get(start) == '"';
        int from = Math.max(start, bytes.position() + searched);
        searched = 0;
        for (int at = from; at < bytes.limit(); at++) {
            byte b = bytes.get(at);
            if (b == '\n' || (b == '{' && !closed)) {
                return at - bytes.position();
            }
        }
        searched = bytes.remaining();
        return -1;
    }

    @Override
    public boolean isWithinFrame() {
        return withinOther || objects.isWithinFrame();
    }
}

package dev.qmp.internal.json;

import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;

/**
 * Finds what a client says: objects, and what stands between them, which a server answers with an error, as QEMU does,
 * instead of hanging up. The latter reaches as far as the line, or to the next object.
 */
final class ClientFrameScanner implements FrameScanner {

    private final JsonFrameScanner objects = new JsonFrameScanner(Integer.MAX_VALUE, false);
    private boolean withinOther;
    /** How many bytes of what is no object were looked at. */
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

    /** An array may hold objects, and a string braces: these go on to the end of the line. */
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

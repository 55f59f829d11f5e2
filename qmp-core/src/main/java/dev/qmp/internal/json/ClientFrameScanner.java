package dev.qmp.internal.json;

import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;

/**
 * Finds the messages of a client: objects, and other text between them. Other text is a frame to the end of its line,
 * or to the next object. The server answers it with an error instead of closing the connection, as QEMU does.
 */
final class ClientFrameScanner implements FrameScanner {

    private final JsonFrameScanner objects = new JsonFrameScanner(Integer.MAX_VALUE, false);
    private final boolean sentinels;
    private boolean withinOther;
    /** The number of searched bytes that belong to no object. */
    private int searched;

    /**
     * Creates a scanner.
     *
     * @param sentinels whether a byte 0xFF ends the object that it comes in, as at the guest agent
     */
    ClientFrameScanner(boolean sentinels) {
        this.sentinels = sentinels;
    }

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
        int end = objects.scan(bytes);
        return sentinels ? endAtSentinel(bytes, end) : end;
    }

    /**
     * {@return the end of the frame, which is behind its first byte 0xFF if there is one} Half a command up to there is
     * a frame of its own, because an agent replies to it with an error.
     */
    private int endAtSentinel(ByteBuffer bytes, int end) {
        int length = end < 0 ? bytes.remaining() : end;
        for (int at = searched; at < length; at++) {
            if (bytes.get(bytes.position() + at) == JsonFrameScanner.SENTINEL) {
                objects.restart();
                searched = 0;
                return at + 1;
            }
        }
        searched = end < 0 && objects.isWithinFrame() ? length : 0;
        return end;
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
            if (sentinels && b == JsonFrameScanner.SENTINEL) {
                return at + 1 - bytes.position();
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

package dev.qmp.protocol;

import java.nio.ByteBuffer;

/**
 * Finds the messages of a protocol in which every line is one message. A frame includes its newline. At the end of the
 * stream, a line without a newline is incomplete, unless the scanner was created by {@link #acceptingLastLine()}.
 */
public final class LineScanner implements FrameScanner {

    private final boolean acceptsLastLine;
    private int scanned;

    /** Creates a scanner for one session. */
    public LineScanner() {
        this(false);
    }

    private LineScanner(boolean acceptsLastLine) {
        this.acceptsLastLine = acceptsLastLine;
    }

    /**
     * {@return a scanner for one session, which accepts a last line without a newline} The codec receives that line
     * without a newline. So the codec cannot distinguish a whole line from one that the peer had not finished.
     */
    public static LineScanner acceptingLastLine() {
        return new LineScanner(true);
    }

    @Override
    public int scan(ByteBuffer bytes) {
        int length = bytes.remaining();
        for (int i = scanned; i < length; i++) {
            if (bytes.get(bytes.position() + i) == '\n') {
                scanned = 0;
                return i + 1;
            }
        }
        scanned = length;
        return -1;
    }

    @Override
    public int scanLast(ByteBuffer bytes) {
        return acceptsLastLine ? bytes.remaining() : -1;
    }

    @Override
    public boolean isWithinFrame() {
        return scanned > 0;
    }
}

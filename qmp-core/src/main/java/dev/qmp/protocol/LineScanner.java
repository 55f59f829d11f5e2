package dev.qmp.protocol;

import java.nio.ByteBuffer;

/** Finds the messages of a protocol in which every line is one message. A frame includes its newline. */
public final class LineScanner implements FrameScanner {

    private int scanned;

    /** Creates a scanner for one session. */
    public LineScanner() {}

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
    public boolean isWithinFrame() {
        return scanned > 0;
    }
}

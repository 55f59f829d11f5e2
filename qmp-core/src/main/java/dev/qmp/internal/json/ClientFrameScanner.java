package dev.qmp.internal.json;

import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;

/**
 * Finds the messages of a client as QEMU's parser does: a value in brackets, a string, or other text up to the next
 * bracket or the end of the line. Bad input ends its message at once, so that the next command is not lost: a bracket
 * that was not opened, one bracket too many, a control character in a string, a byte 0xFF. The server answers such a
 * message with an error, and the connection stays open.
 */
final class ClientFrameScanner implements FrameScanner {

    private int scanned;
    private boolean within;
    private int braces;
    private int brackets;
    /** The quote that ends the string; 0 outside of strings. */
    private byte quote;

    private boolean escaped;
    private boolean inOther;

    @Override
    public int scan(ByteBuffer bytes) {
        int start = bytes.position();
        int at = start + scanned;
        while (at < bytes.limit()) {
            byte b = bytes.get(at);
            if (inOther && followsOther(b)) {
                return found(at - start);
            }
            at++;
            if (isLast(b)) {
                return found(at - start);
            }
        }
        scanned = within ? at - start : 0;
        return -1;
    }

    private int found(int length) {
        scanned = 0;
        within = false;
        braces = 0;
        brackets = 0;
        quote = 0;
        escaped = false;
        inOther = false;
        return length;
    }

    private static boolean followsOther(byte b) {
        return b == '\n' || b == '{' || b == '}' || b == '[' || b == ']';
    }

    /** {@return whether a byte is the last one of its message} */
    private boolean isLast(byte b) {
        if (b == JsonFrameScanner.SENTINEL) {
            return true;
        }
        if (quote != 0) {
            return isLastInString(b);
        }
        if (inOther || JsonFrameScanner.isSpace(b)) {
            return false;
        }
        within = true;
        switch (b) {
            case '{' -> braces++;
            case '}' -> braces--;
            case '[' -> brackets++;
            case ']' -> brackets--;
            default -> {
                quote = b == '"' || b == '\'' ? b : 0;
                inOther = quote == 0 && !isOpen();
                return false;
            }
        }
        return !isOpen() || braces + brackets > JsonFrameScanner.MAX_DEPTH;
    }

    private boolean isLastInString(byte b) {
        if (b >= 0 && b < ' ') {
            return true;
        }
        if (escaped) {
            escaped = false;
        } else if (b == '\\') {
            escaped = true;
        } else if (b == quote) {
            quote = 0;
            return !isOpen();
        }
        return false;
    }

    /** {@return whether a bracket is to be closed} QEMU counts both kinds separately, and ignores their order. */
    private boolean isOpen() {
        return braces >= 0 && brackets >= 0 && braces + brackets > 0;
    }

    @Override
    public boolean isWithinFrame() {
        return within;
    }
}

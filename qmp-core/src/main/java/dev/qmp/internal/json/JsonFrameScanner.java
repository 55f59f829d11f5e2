package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.Text;
import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Finds the end of JSON objects by counting brackets, so line breaks do not matter. QEMU with {@code pretty=on} spreads
 * one object over many lines, and clients may send no line break at all. Each byte is scanned once, even if a message
 * arrives in pieces. The nesting is limited here, before a parser recurses.
 */
final class JsonFrameScanner implements FrameScanner {

    /**
     * QEMU accepts 1024 levels. Replies of the same depth are not supported, because they would need too much stack.
     */
    static final int MAX_DEPTH = 1000;

    private static final int QUOTED_BYTES = 64;

    /** The maximum length of a greeting. A longer first message is not from a monitor. */
    static final int MAX_GREETING = 64 * 1024;

    /** The guest agent's mark before a reply. An incomplete frame before it is void. UTF-8 has no such byte. */
    static final byte SENTINEL = (byte) 0xFF;

    private static final byte PLAIN = 0;
    private static final byte QUOTE = 1;
    private static final byte OPENING = 2;
    private static final byte CLOSING = 3;
    private static final byte VOIDING = 4;

    /** The kind of each byte inside an object and outside of strings. Nearly all bytes are {@code PLAIN}. */
    private static final byte[] KINDS = new byte[256];

    static {
        KINDS['"'] = QUOTE;
        KINDS['{'] = OPENING;
        KINDS['['] = OPENING;
        KINDS['}'] = CLOSING;
        KINDS[']'] = CLOSING;
        KINDS[SENTINEL & 0xFF] = VOIDING;
    }

    /** Characters between the members of a JSON object or array. No other protocol begins with them. */
    private static final Pattern REST_OF_MESSAGE = Pattern.compile("\": |\"[,}\\]]|[}\\]][,}\\]]");

    private static final byte[] REPLY = "{\"return\"".getBytes(StandardCharsets.US_ASCII);

    private final int firstLimit;
    private final boolean sentinels;
    private boolean seenFrame;
    private int scanned;
    private int depth;
    private boolean inString;
    private boolean escaped;

    /**
     * Creates a scanner.
     *
     * @param firstLimit the limit of the first frame, in addition to the connection's limit
     * @param sentinels whether a byte 0xFF voids the frame around it, as with a guest agent
     */
    JsonFrameScanner(int firstLimit, boolean sentinels) {
        this.firstLimit = firstLimit;
        this.sentinels = sentinels;
    }

    /** Moves the position behind the last sentinel. Other frames have none, and are usually ASCII. */
    static void skipSentinels(ByteBuffer frame) {
        int begin = Utf8.firstBeyondAscii(frame);
        for (int at = frame.limit() - 1; at >= begin; at--) {
            if (frame.get(at) == SENTINEL) {
                frame.position(at + 1);
                return;
            }
        }
    }

    @Override
    public int scan(ByteBuffer bytes) {
        int length = bytes.remaining();
        byte[] array = bytes.hasArray() ? bytes.array() : copy(bytes);
        int start = bytes.hasArray() ? bytes.arrayOffset() + bytes.position() : 0;
        int end = start + length;
        int at = start + scanned;
        while (at < end) {
            if (inString) {
                at = skipString(array, at, end);
            }
            at = depth > 0 ? skipWithin(array, at, end) : skipBetween(array, at, end);
            if (depth == 0 && array[at - 1] == '}') {
                scanned = 0;
                checkFirst(array, start, at - start);
                seenFrame = true;
                return at - start;
            }
        }
        checkFirst(array, start, depth == 0 ? 0 : length);
        scanned = depth == 0 ? 0 : length;
        return -1;
    }

    @Override
    public boolean isWithinFrame() {
        return depth > 0;
    }

    boolean hasSeenFrame() {
        return seenFrame;
    }

    /** Starts with the next frame, after a caller has found the end of this one. */
    void restart() {
        scanned = 0;
        depth = 0;
        inString = false;
        escaped = false;
    }

    /**
     * Checks the length of a greeting. A reply to the previous client may arrive before the greeting, and has no such
     * limit.
     */
    private void checkFirst(byte[] array, int start, int length) {
        if (!seenFrame && length > firstLimit && !isReply(array, start, start + length)) {
            throw new ProtocolException(
                    Violation.LIMIT,
                    "the first message is longer than a greeting may be (" + firstLimit + " bytes, fixed limit)");
        }
    }

    /**
     * {@return true while the bytes so far are a prefix of {@link #REPLY}, because the rest may not have arrived yet}
     */
    private static boolean isReply(byte[] array, int start, int end) {
        int at = start;
        while (at < end && isSpace(array[at])) {
            at++;
        }
        int length = Math.min(REPLY.length, end - at);
        return Arrays.equals(array, at, at + length, REPLY, 0, length);
    }

    static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }

    /**
     * Skips to the end of the object, or of the bytes. The depth is a local variable, because this loop determines the
     * speed.
     */
    private int skipWithin(byte[] array, int from, int end) {
        int at = from;
        int level = depth;
        while (at < end && level > 0) {
            byte b = array[at++];
            byte kind = KINDS[b & 0xFF];
            if (kind == PLAIN) {
                continue;
            }
            if (kind == QUOTE) {
                at = skipString(array, at, end);
            } else if (kind != VOIDING) {
                level = kind == OPENING ? opened(level) : closed(level, b);
            } else if (sentinels) {
                level = 0; // the next byte begins a new frame
            }
        }
        depth = level;
        return at;
    }

    private static int opened(int level) {
        if (level == MAX_DEPTH) {
            throw new ProtocolException(
                    Violation.LIMIT, "a message is nested deeper than " + MAX_DEPTH + " levels (fixed limit)");
        }
        return level + 1;
    }

    /**
     * Checks the bracket that ends an object. A wrong one must be refused here, because no parser sees such a frame.
     */
    private static int closed(int level, byte bracket) {
        if (level == 1 && bracket != '}') {
            throw new ProtocolException(Violation.BAD_MESSAGE, "an object is closed by the bracket of an array");
        }
        return level - 1;
    }

    /** Skips to the start of an object. */
    private int skipBetween(byte[] array, int from, int end) {
        int at = from;
        while (at < end && depth == 0) {
            byte b = array[at];
            if (b == '{') {
                depth = 1;
            } else if (!isSpace(b) && !voids(b)) {
                throw noObject(array, at, end);
            }
            at++;
        }
        return at;
    }

    /** Skips behind the end of the string, or to the sentinel that voids the string and the object around it. */
    private int skipString(byte[] array, int from, int end) {
        int at = from;
        inString = true;
        if (escaped) {
            escaped = false;
            at += voids(array[at]) ? 0 : 1;
        }
        while (at < end) {
            byte b = array[at++];
            if (b > '\\') {
                continue; // small letters are the most frequent bytes of strings
            }
            if (b == '"' || voids(b)) {
                inString = false;
                return b == '"' ? at : at - 1;
            }
            if (b == '\\') {
                if (at == end) {
                    escaped = true;
                    return end;
                }
                at += voids(array[at]) ? 0 : 1;
            }
        }
        return at;
    }

    private boolean voids(byte b) {
        return b == SENTINEL && sentinels;
    }

    /**
     * {@return the failure for bytes that begin no object} The first bytes of another protocol are quoted, because they
     * show that the port is wrong. The rest of a reply to another client is not quoted, because it may contain a
     * secret.
     */
    private ProtocolException noObject(byte[] array, int at, int end) {
        if (sentinels) {
            return new ProtocolException(Violation.BAD_MESSAGE, "expected a JSON object");
        }
        if (seenFrame) {
            return new ProtocolException(Violation.BAD_MESSAGE, "expected a JSON object after the last one");
        }
        String seen = new String(array, at, Math.min(QUOTED_BYTES, end - at), StandardCharsets.ISO_8859_1);
        if (REST_OF_MESSAGE.matcher(seen).find()) {
            return new ProtocolException(
                    Violation.BAD_MESSAGE,
                    "the first bytes look like the rest of a reply to another client, which QEMU can send before its"
                            + " greeting; the next attempt comes after it");
        }
        return new ProtocolException(
                Violation.BAD_MESSAGE, "expected a JSON object, not '" + Text.printable(seen) + "'");
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return copy;
    }
}

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
 * Finds the end of JSON objects by counting brackets, so that it does not matter where a peer puts line breaks: QEMU
 * with {@code pretty=on} spreads one object over many lines, and clients need not send any. Every byte is looked at
 * once, however it arrives. Nesting is limited here, before any parser recurses.
 */
final class JsonFrameScanner implements FrameScanner {

    /** QEMU accepts 1024 levels; a reply that echoes as much is not worth the stack. */
    static final int MAX_DEPTH = 1000;

    private static final int QUOTED_BYTES = 64;

    /** What a server's first words may come to: whoever says more without an end is no monitor. */
    static final int MAX_GREETING = 64 * 1024;

    /** What the guest agent puts before a reply: what came before has no end, and is void. In UTF-8 it has no place. */
    static final byte SENTINEL = (byte) 0xFF;

    private static final byte PLAIN = 0;
    private static final byte QUOTE = 1;
    private static final byte OPENING = 2;
    private static final byte CLOSING = 3;
    private static final byte VOIDING = 4;

    /** What a byte is within an object, outside of strings: nearly all change nothing here. */
    private static final byte[] KINDS = new byte[256];

    static {
        KINDS['"'] = QUOTE;
        KINDS['{'] = OPENING;
        KINDS['['] = OPENING;
        KINDS['}'] = CLOSING;
        KINDS[']'] = CLOSING;
        KINDS[SENTINEL & 0xFF] = VOIDING;
    }

    /** Signs between the members of a JSON object or array, which no other protocol begins with. */
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
     * @param firstLimit the bound on the first frame, on top of the connection's own bound
     * @param sentinels whether a byte 0xFF voids the frame that it comes in, as of the guest agent
     */
    JsonFrameScanner(int firstLimit, boolean sentinels) {
        this.firstLimit = firstLimit;
        this.sentinels = sentinels;
    }

    /** Skips what is void. A frame of another kind holds no such byte, and is ASCII as a rule. */
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

    /** Begins with the next frame, the end of this one having been found by other means. */
    void restart() {
        scanned = 0;
        depth = 0;
        inString = false;
        escaped = false;
    }

    /**
     * A reply to the client before may come even before the greeting, and is as long as replies are: it is not the
     * greeting whose length is bounded here.
     */
    private void checkFirst(byte[] array, int start, int length) {
        if (!seenFrame && length > firstLimit && !isReply(array, start, start + length)) {
            throw new ProtocolException(
                    Violation.LIMIT,
                    "the first message is longer than a greeting may be (" + firstLimit + " bytes, fixed limit)");
        }
    }

    /** Of what may still become one, it is not said that it is none. */
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
     * Goes on to the end of the object, as far as the bytes go. The depth is kept at hand: here is where the time goes.
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
                level = 0; // and the next byte begins anew
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

    /** A frame that ends with the wrong bracket has to be refused here: without a frame, no parser will see it. */
    private static int closed(int level, byte bracket) {
        if (level == 1 && bracket != '}') {
            throw new ProtocolException(Violation.BAD_MESSAGE, "an object is closed by the bracket of an array");
        }
        return level - 1;
    }

    /** Goes on to the begin of an object. */
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

    /** Goes on behind the end of the string, or to the byte that voids it and the object around it. */
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
                continue; // a small letter, as nearly everything in strings
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
     * The first bytes of another protocol are quoted, because they tell a wrong port. The rest of a reply to another
     * client is not, because it may hold a secret.
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

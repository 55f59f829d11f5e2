package dev.qmp.internal.json;

import dev.qmp.internal.engine.GuessingScanner;
import java.nio.ByteBuffer;

/**
 * Guesses that a long message is one line, because line ends are found ten times as fast as brackets are counted. The
 * guess is wrong only for servers with {@code pretty=on}.
 *
 * <p>The parser verifies the guess: neither a part of an object nor two objects parse as one. After a wrong guess,
 * brackets are counted until the end of the session.
 *
 * <p>Brackets are also counted in these cases, so that no message is lost, and none waits for its line end:
 *
 * <ul>
 * <li>the present bytes end like an object, or the server did not end its last line
 * <li>the limit of a message, or the end of the stream is reached
 * </ul>
 */
final class LineGuessingScanner implements GuessingScanner {

    /** The number of bytes that are counted in each message. A guess does not pay for shorter messages. */
    static final int COUNTED = 4096;

    /** The maximum number of spaces between an object and a line end that are examined. */
    static final int SPACES = 8;

    private static final long LOWEST_BITS = 0x0101010101010101L;

    /** The basis of the last answer. */
    private enum Basis {
        COUNT,
        /** A line end was found: a frame. */
        LINE_END,
        /** No line end was found: no frame. */
        NO_LINE_END
    }

    private final JsonFrameScanner counting;
    private final int counted;
    private Basis basis = Basis.COUNT;
    private boolean mistaken;
    /** Whether the previous message was followed by a line end. */
    private boolean lineEnded;
    /** The number of bytes of this message that were searched. */
    private int searched;

    /**
     * Creates a scanner.
     *
     * @param counting the scanner for everything that is not guessed
     * @param counted how many bytes of each message it scans at least; not less than {@link #SPACES}
     */
    LineGuessingScanner(JsonFrameScanner counting, int counted) {
        this.counting = counting;
        this.counted = counted;
    }

    @Override
    public int scan(ByteBuffer bytes) {
        if (basis == Basis.LINE_END) {
            counting.restart();
            searched = 0;
            lineEnded = false;
        }
        basis = Basis.COUNT;
        if (!counting.isWithinFrame()) {
            lineEnded |= beginsWithLineEnd(bytes);
        }
        if (mistaken || !lineEnded || !counting.hasSeenFrame() || bytes.remaining() <= counted || !bytes.hasArray()) {
            return count(bytes);
        }
        if (searched < counted) {
            int length = countBeginning(bytes);
            if (length > 0) {
                return length;
            }
            if (!counting.isWithinFrame()) {
                return count(bytes);
            }
        }
        return guess(bytes);
    }

    private static boolean beginsWithLineEnd(ByteBuffer bytes) {
        int at = bytes.position();
        while (at < bytes.limit() && JsonFrameScanner.isSpace(bytes.get(at))) {
            if (bytes.get(at++) == '\n') {
                return true;
            }
        }
        return false;
    }

    private int countBeginning(ByteBuffer bytes) {
        int limit = bytes.limit();
        int length = count(bytes.limit(bytes.position() + counted));
        bytes.limit(limit);
        return length;
    }

    private int count(ByteBuffer bytes) {
        int length = counting.scan(bytes);
        searched = counting.isWithinFrame() ? bytes.remaining() : 0;
        lineEnded &= length < 0;
        return length;
    }

    private int guess(ByteBuffer bytes) {
        byte[] array = bytes.array();
        int begin = bytes.arrayOffset() + bytes.position();
        int end = begin + bytes.remaining();
        int lineEnd = lineEnd(array, begin + searched, end);
        int last = lastBeforeSpaces(array, lineEnd < 0 ? end : lineEnd);
        if (lineEnd < 0 && array[last] != '}' && !JsonFrameScanner.isSpace(array[last])) {
            searched = end - begin;
            basis = Basis.NO_LINE_END;
            return -1;
        }
        if (lineEnd >= 0 && array[last] == '}') {
            basis = Basis.LINE_END;
            return last + 1 - begin;
        }
        mistaken |= lineEnd >= 0;
        return count(bytes);
    }

    /**
     * {@return the index of the last byte before {@code end} that is not a space} After {@link #SPACES} spaces, it is
     * the index of a space.
     */
    private static int lastBeforeSpaces(byte[] array, int end) {
        int last = end - 1;
        while (last >= end - SPACES && JsonFrameScanner.isSpace(array[last])) {
            last--;
        }
        return last;
    }

    /**
     * {@return the index of the first line end; -1 if there is none} It compares eight bytes at a time. A line end
     * becomes zero by the exclusive or, and the lowest mark is that of the first zero.
     */
    private static int lineEnd(byte[] array, int from, int end) {
        int at = from;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long differing = (long) Utf8.EIGHT_BYTES.get(array, at) ^ ('\n' * LOWEST_BITS);
            long found = (differing - LOWEST_BITS) & ~differing & Utf8.HIGHEST_BITS;
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        for (; at < end; at++) {
            if (array[at] == '\n') {
                return at;
            }
        }
        return -1;
    }

    @Override
    public boolean retract() {
        boolean wasGuess = basis != Basis.COUNT;
        basis = Basis.COUNT;
        mistaken |= wasGuess;
        return wasGuess;
    }

    @Override
    public boolean isWithinFrame() {
        return basis != Basis.LINE_END && counting.isWithinFrame();
    }
}

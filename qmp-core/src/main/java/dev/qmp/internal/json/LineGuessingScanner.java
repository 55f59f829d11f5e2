package dev.qmp.internal.json;

import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;

/**
 * Takes a long message for a line, which it is unless a server prints for people: a line end is found in a tenth of the
 * time that it takes to count brackets. The parser confirms the guess, since neither a part of an object nor two of
 * them are one object; after a wrong guess, brackets are counted to the end of the session. They are counted, too, when
 * the bytes that are there end like an object, and for a server that did not end its last line, so that no message
 * waits for a line end; and for all that is there when it is too much or the stream has ended, so that none is lost.
 */
final class LineGuessingScanner implements FrameScanner {

    /** So many bytes of a message are counted anyway: short ones would gain nothing. */
    static final int COUNTED = 4096;

    /** What may stand between an object and a line end, as far as it is looked at. */
    static final int SPACES = 8;

    private static final long LOWEST_BITS = 0x0101010101010101L;

    /** What the last answer rests on. */
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
    /** Whether a line end came behind the message before. */
    private boolean lineEnded;
    /** How many bytes of this message were looked at. */
    private int searched;

    /**
     * Creates a scanner.
     *
     * @param counting finds what is not guessed
     * @param counted how many bytes of each message are left to it, at least {@link #SPACES}
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

    /** {@return where the last byte before the end stands that is no space, or one of many spaces} */
    private static int lastBeforeSpaces(byte[] array, int end) {
        int last = end - 1;
        while (last >= end - SPACES && JsonFrameScanner.isSpace(array[last])) {
            last--;
        }
        return last;
    }

    /**
     * Eight bytes at a time: a line end is zero after the exclusive or, and the lowest mark is that of the first zero.
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

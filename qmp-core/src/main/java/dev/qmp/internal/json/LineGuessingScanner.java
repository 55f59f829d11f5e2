package dev.qmp.internal.json;

import dev.qmp.protocol.FrameScanner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Takes a long message for a line, which it is unless a server prints for people: a line end is found in a tenth of the
 * time that it takes to count brackets. The parser confirms the guess, since neither a part of an object nor two of them
 * are one object; after a wrong guess, brackets are counted to the end of the session. They are counted, too, when the
 * bytes that are there end like an object, so that none waits for a line end.
 */
final class LineGuessingScanner implements FrameScanner {

    /** So many bytes of a message are counted anyway: short ones would gain nothing. */
    static final int COUNTED = 4096;

    /** What may stand between an object and a line end, as far as it is looked at. */
    static final int SPACES = 8;

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOWEST_BITS = 0x0101010101010101L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;

    private final JsonFrameScanner counting;
    private final int counted;
    private int searched;
    private boolean guessed;
    private boolean mistaken;

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
        if (guessed) {
            guessed = false;
            searched = 0;
            counting.restart();
        }
        if (mistaken || !counting.hasSeenFrame() || bytes.remaining() <= counted || !bytes.hasArray()) {
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

    private int countBeginning(ByteBuffer bytes) {
        int limit = bytes.limit();
        int length = count(bytes.limit(bytes.position() + counted));
        bytes.limit(limit);
        return length;
    }

    private int count(ByteBuffer bytes) {
        int length = counting.scan(bytes);
        searched = counting.isWithinFrame() ? bytes.remaining() : 0;
        return length;
    }

    private int guess(ByteBuffer bytes) {
        byte[] array = bytes.array();
        int begin = bytes.arrayOffset() + bytes.position();
        int end = begin + bytes.remaining();
        int lineEnd = lineEnd(array, begin + searched, end);
        if (lineEnd < 0) {
            searched = end - begin;
            return mayEndAt(array, end - 1) ? count(bytes) : -1;
        }
        guessed = mayEndAt(array, lineEnd - 1);
        mistaken = !guessed;
        return guessed ? lineEnd + 1 - begin : count(bytes);
    }

    /** Whether an object may end here, with spaces behind it or none; of many spaces it is not known. */
    private static boolean mayEndAt(byte[] array, int last) {
        int at = last;
        while (at > last - SPACES && JsonFrameScanner.isSpace(array[at])) {
            at--;
        }
        return array[at] == '}' || JsonFrameScanner.isSpace(array[at]);
    }

    /** Eight bytes at a time: a line end is zero after the exclusive or, and the lowest mark is that of the first zero. */
    private static int lineEnd(byte[] array, int from, int end) {
        int at = from;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long differing = (long) EIGHT_BYTES.get(array, at) ^ ('\n' * LOWEST_BITS);
            long found = (differing - LOWEST_BITS) & ~differing & HIGHEST_BITS;
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
        boolean wasGuess = guessed;
        guessed = false;
        mistaken |= wasGuess;
        return wasGuess;
    }

    @Override
    public boolean isWithinFrame() {
        return !guessed && counting.isWithinFrame();
    }
}

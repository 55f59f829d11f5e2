package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;

/**
 * Checks that a frame is UTF-8 before it is parsed, because Jackson accepts overlong forms and code points beyond the
 * last character. Messages of servers are nearly always ASCII, which is checked eight bytes at a time.
 */
final class Utf8 {

    static final VarHandle EIGHT_BYTES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final long HIGHEST_BITS = 0x8080808080808080L;

    private static final int CHARS_AT_ONCE = 512;

    private Utf8() {}

    /**
     * Checks a frame, and leaves its position unchanged.
     *
     * @throws ProtocolException if the frame is not UTF-8
     */
    static void require(ByteBuffer frame) {
        int begin = firstBeyondAscii(frame);
        if (begin == frame.limit()) {
            return;
        }
        ByteBuffer rest = frame.duplicate().position(begin);
        if (!decodes(rest)) {
            throw new ProtocolException(
                    Violation.BAD_MESSAGE,
                    "a message is not valid UTF-8 at byte " + (rest.position() - frame.position()));
        }
    }

    /** {@return the index of the first byte that is not ASCII, or the end} A frame without an array is not searched. */
    static int firstBeyondAscii(ByteBuffer frame) {
        if (!frame.hasArray()) {
            return frame.position();
        }
        byte[] array = frame.array();
        int end = frame.arrayOffset() + frame.limit();
        int at = frame.arrayOffset() + frame.position();
        while (at <= end - Long.BYTES && ((long) EIGHT_BYTES.get(array, at) & HIGHEST_BITS) == 0) {
            at += Long.BYTES;
        }
        while (at < end && array[at] >= 0) {
            at++;
        }
        return at - frame.arrayOffset();
    }

    /** {@return whether a decoder accepts the bytes} A new decoder reports malformed input. Its output is not used. */
    private static boolean decodes(ByteBuffer bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer chars = CharBuffer.allocate(CHARS_AT_ONCE);
        while (decoder.decode(bytes, chars, true).isOverflow()) {
            chars.clear();
        }
        return !bytes.hasRemaining();
    }
}

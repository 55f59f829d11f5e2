package dev.qmp.internal.client;

import dev.qmp.protocol.BottomHalf;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The ids of one session: the session's random number, and then the command's. QEMU sends the reply to a command of a
 * previous client to the next client, and such a reply must not match a command of ours. Ids are as short as that
 * allows, because QEMU reads byte by byte and takes 4 µs for each byte.
 */
@BottomHalf
final class CommandIds {

    private static final SecureRandom RANDOM = new SecureRandom();

    private static final int RADIX = 36;

    private static final int SESSION_DIGITS = 7;

    private static final long FIRST_OF_SEVEN_DIGITS = 2_176_782_336L;

    /** Enough for a million commands a second during three years. */
    private static final int COMMAND_DIGITS = 9;

    /** Ends the ids of liveness probes. It is not a digit in this radix. */
    private static final String PROBE = "?";

    /** The digits of the session's number, and room for those of a command's. */
    private final byte[] id = Arrays.copyOf(newSessionNumber(), SESSION_DIGITS + COMMAND_DIGITS);

    private long counter;

    private static byte[] newSessionNumber() {
        long number = RANDOM.nextLong(FIRST_OF_SEVEN_DIGITS, FIRST_OF_SEVEN_DIGITS * RADIX);
        return Long.toString(number, RADIX).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Writes the digits into one array of the session, because the usual way makes four objects of each number. */
    String next() {
        long number = counter++;
        int length = SESSION_DIGITS + 1;
        for (long rest = number / RADIX; rest > 0; rest /= RADIX) {
            length++;
        }
        long rest = number;
        for (int at = length - 1; at >= SESSION_DIGITS; at--) {
            id[at] = (byte) Character.forDigit((int) (rest % RADIX), RADIX);
            rest /= RADIX;
        }
        return new String(id, 0, length, StandardCharsets.ISO_8859_1);
    }

    /** {@return an id for a liveness probe, which differs from those of commands} */
    String nextOfProbe() {
        return next() + PROBE;
    }

    /** {@return whether the id was made for a command of this session} */
    boolean isOwn(JsonNode other) {
        return other.isString() && hasSessionNumber(other.stringValue());
    }

    /** {@return whether the id was made for a liveness probe of this session} */
    boolean isOfProbe(@Nullable JsonNode other) {
        return other != null
                && other.isString()
                && other.stringValue().endsWith(PROBE)
                && hasSessionNumber(other.stringValue());
    }

    private boolean hasSessionNumber(String text) {
        return text.startsWith(new String(id, 0, SESSION_DIGITS, StandardCharsets.ISO_8859_1));
    }
}

package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.qmp.error.ProtocolException;
import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Whatever bytes come, however they are cut, and whether line ends are relied on: the same messages, then at most a {@link ProtocolException}, and nothing
 * else is ever thrown. What was found stands in {@code FrameFuzzTestsInputs} and is tried in every build; {@code
 * JAZZER_FUZZ=1} looks for more.
 */
class FrameFuzzTests {

    @FuzzTest(maxDuration = "3m")
    void anySplitGivesTheSameMessages(byte[] bytes) {
        List<Object> whole = read(new JsonFrameScanner(Integer.MAX_VALUE, true), bytes, bytes.length);
        for (int chunk : new int[] {bytes.length, 1, 1 + new Random(Arrays.hashCode(bytes)).nextInt(16)}) {
            assertThat(read(new JsonFrameScanner(Integer.MAX_VALUE, true), bytes, chunk))
                    .isEqualTo(whole);
            assertThat(read(guessing(), bytes, chunk)).isEqualTo(whole);
        }
    }

    /** Guesses as soon as it can. */
    private static FrameScanner guessing() {
        JsonFrameScanner counting = new JsonFrameScanner(Integer.MAX_VALUE, true);
        LineGuessingScanner guessing = new LineGuessingScanner(counting, LineGuessingScanner.SPACES);
        guessing.scan(ByteBuffer.wrap("{}".getBytes(StandardCharsets.US_ASCII)));
        guessing.scan(ByteBuffer.wrap("\n".getBytes(StandardCharsets.US_ASCII)));
        return guessing;
    }

    /** {@return the messages, and the kind of violation that ended them, if any} */
    private static List<Object> read(FrameScanner scanner, byte[] bytes, int chunk) {
        List<Object> seen = new ArrayList<>();
        Frames frames = new Frames(JsonMessageCodec.forClient(false), scanner, seen::add);
        try {
            frames.add(Frames.chunks(bytes, Math.max(1, chunk)));
            frames.end();
        } catch (ProtocolException e) {
            seen.add(e.violation());
        }
        return seen;
    }
}

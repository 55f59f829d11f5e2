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
 * For any bytes, any division and either kind of line ends, the result is the same: messages, then at most a {@link
 * ProtocolException}, and no other exception. Inputs that failed once are in {@code FrameFuzzTestsInputs} and are tried
 * in every build; {@code JAZZER_FUZZ=1} searches for more.
 */
class FrameFuzzTests {

    private static final JsonMessageCodec AGENT = JsonMessageCodec.forClient(false);
    private static final JsonMessageCodec SERVER = JsonMessageCodec.forClient(true);

    @FuzzTest(maxDuration = "3m")
    void anySplitGivesTheSameMessages(byte[] bytes) {
        List<Object> ofAgent = read(AGENT, AGENT.newScanner(), bytes, bytes.length);
        List<Object> ofServer = read(SERVER, counting(), bytes, bytes.length);
        for (int chunk : new int[] {bytes.length, 1, 1 + new Random(Arrays.hashCode(bytes)).nextInt(16)}) {
            assertThat(read(AGENT, AGENT.newScanner(), bytes, chunk)).isEqualTo(ofAgent);
            assertThat(read(SERVER, counting(), bytes, chunk)).isEqualTo(ofServer);
            assertThat(read(SERVER, guessing(), bytes, chunk)).isEqualTo(ofServer);
        }
    }

    private static JsonFrameScanner counting() {
        return new JsonFrameScanner(Integer.MAX_VALUE, false);
    }

    /** Guesses as soon as it can. */
    private static FrameScanner guessing() {
        LineGuessingScanner guessing = new LineGuessingScanner(counting(), LineGuessingScanner.SPACES);
        guessing.scan(ByteBuffer.wrap("{}".getBytes(StandardCharsets.US_ASCII)));
        guessing.scan(ByteBuffer.wrap("\n".getBytes(StandardCharsets.US_ASCII)));
        return guessing;
    }

    /** {@return the messages, and the kind of violation that ended them, if any} */
    private static List<Object> read(JsonMessageCodec codec, FrameScanner scanner, byte[] bytes, int chunk) {
        List<Object> seen = new ArrayList<>();
        Frames frames = new Frames(codec, scanner, seen::add);
        try {
            frames.add(Frames.chunks(bytes, Math.max(1, chunk)));
            frames.end();
        } catch (ProtocolException e) {
            seen.add(e.violation());
        }
        return seen;
    }
}

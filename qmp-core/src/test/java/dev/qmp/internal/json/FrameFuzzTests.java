package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.qmp.error.ProtocolException;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Whatever bytes come, and however they are cut: the same messages, then at most a {@link ProtocolException}, and nothing
 * else is ever thrown. What was found stands in {@code FrameFuzzTestsInputs} and is tried in every build; {@code
 * JAZZER_FUZZ=1} looks for more.
 */
class FrameFuzzTests {

    @FuzzTest(maxDuration = "3m")
    void anySplitGivesTheSameMessages(byte[] bytes) {
        List<Object> whole = read(bytes, bytes.length);
        assertThat(read(bytes, 1)).isEqualTo(whole);
        assertThat(read(bytes, 1 + new Random(Arrays.hashCode(bytes)).nextInt(16)))
                .isEqualTo(whole);
    }

    /** {@return the messages, and the kind of violation that ended them, if any} */
    private static List<Object> read(byte[] bytes, int chunk) {
        JsonMessageCodec codec = JsonMessageCodec.forClient(false);
        FrameScanner scanner = codec.newScanner();
        List<Object> seen = new ArrayList<>();
        int begin = 0;
        try {
            for (int end = 0; end < bytes.length; ) {
                end = Math.min(bytes.length, end + Math.max(1, chunk));
                for (int length = scanner.scan(window(bytes, begin, end));
                        length >= 0;
                        length = scanner.scan(window(bytes, begin, end))) {
                    QmpMessage message = codec.decode(window(bytes, begin, begin + length));
                    seen.add(message);
                    begin += length;
                    if (begin == end) {
                        break;
                    }
                }
                if (!scanner.isWithinFrame()) {
                    begin = end;
                }
            }
        } catch (ProtocolException e) {
            seen.add(e.violation());
        }
        return seen;
    }

    private static ByteBuffer window(byte[] bytes, int begin, int end) {
        return ByteBuffer.wrap(bytes, begin, end - begin);
    }
}

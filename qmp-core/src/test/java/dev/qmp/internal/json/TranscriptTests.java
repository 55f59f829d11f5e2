package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.testing.Transcript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Recorded sessions with each version of QEMU give the same messages, however their bytes are divided. */
@Timeout(60)
class TranscriptTests {

    private static final int DIVISIONS = 20;

    static Stream<Transcript> transcripts() {
        return Transcript.ofEachVersion("machine", "pc", "bad", "storage-daemon", "guest-agent");
    }

    @ParameterizedTest(name = "{0}: whole, by single bytes and at random places")
    @MethodSource("transcripts")
    void everyMessageIsReadHoweverTheBytesAreDivided(Transcript transcript) {
        byte[] bytes = transcript.receivedBytes();
        List<QmpMessage> whole = read(transcript, List.of(bytes));

        assertThat(whole).hasSameSizeAs(transcript.received());
        for (int i = 0; i < whole.size(); i++) {
            assertSame(whole.get(i), transcript.received().get(i).message());
        }
        assertThat(read(transcript, Frames.chunks(bytes, 1))).isEqualTo(whole);
        Random random = new Random(17);
        for (int i = 0; i < DIVISIONS; i++) {
            int longest = 1 << (2 + random.nextInt(14));
            assertThat(read(transcript, divided(bytes, random, longest)))
                    .as("pieces of at most %d bytes", longest)
                    .isEqualTo(whole);
        }
    }

    private static List<QmpMessage> read(Transcript transcript, List<byte[]> chunks) {
        boolean greeted = !transcript.name().endsWith("guest-agent");
        return Frames.read(JsonMessageCodec.forClient(greeted), chunks);
    }

    private static List<byte[]> divided(byte[] bytes, Random random, int longest) {
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(longest));
            chunks.add(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return chunks;
    }

    private static void assertSame(QmpMessage message, JsonNode line) {
        if (message instanceof QmpReply reply) {
            assertThat(reply.id()).isEqualTo(line.get("id"));
            assertThat(reply.result()).isEqualTo(line.get("return"));
            if (line.has("error")) {
                assertThat(reply.error()).isNotNull();
                assertThat(reply.error().description())
                        .isEqualTo(line.at("/error/desc").asString());
            }
        } else if (message instanceof QmpEvent event) {
            assertThat(event.name()).isEqualTo(line.get("event").asString());
            assertThat(event.data()).isEqualTo(line.has("data") ? line.get("data") : event.data());
        } else {
            assertThat(message).isInstanceOf(QmpGreeting.class);
            assertThat(line.has("QMP")).isTrue();
        }
    }
}

package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.ProtocolException;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Bytes to messages: the same for any division, and at most an exception for bad ones. */
class FramingTests extends OnFrames {

    private static final String TRANSCRIPT =
            """
            {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "\\"}{\\\\"},\
             "capabilities": ["oob"]}}\r
            {"return": {}, "id": "a-0"}\r
            {"timestamp": {"seconds": 1, "microseconds": 2}, "event": "STOP"}{"return": ["]}", "\\\\"], "id": "ü€😀"}
            {
                "return": [
                    {"nested": {"deep": [[], {}]}}
                ],
                "id": 7
            }

            {"id":"x","error":{"class":"GenericError","desc":"it's {broken]"}}{"return":18446744073709551615}
            """;

    // ------------------------------------------------------------------ division

    @Test
    @DisplayName("#56 #57 a transcript gives the same messages however it is divided")
    void readsTheSameAtEverySplit() {
        byte[] bytes = TRANSCRIPT.getBytes(StandardCharsets.UTF_8);
        List<QmpMessage> whole = read(bytes);
        assertThat(whole).hasSize(7);
        assertThat(whole.get(0)).isInstanceOf(QmpGreeting.class);
        assertThat(whole.get(2)).isInstanceOf(QmpEvent.class);

        for (int at = 0; at <= bytes.length; at++) {
            List<byte[]> two = List.of(Arrays.copyOfRange(bytes, 0, at), Arrays.copyOfRange(bytes, at, bytes.length));
            assertThat(read(two)).as("split at %d", at).isEqualTo(whole);
        }
        assertThat(read(Frames.chunks(bytes, 1))).isEqualTo(whole);
    }

    @Test
    @DisplayName("#56 direct buffers are read like those on the heap")
    void readsDirectBuffers() {
        byte[] bytes = "{\"return\": 1}".getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();

        assertThat(codec.newScanner().scan(direct)).isEqualTo(bytes.length);
        assertThat(codec.decode(direct)).isEqualTo(readOne("{\"return\": 1}"));
    }

    @Test
    @DisplayName("#56 what was looked at is not looked at again")
    void looksAtEachByteOnce() {
        FrameScanner scanner = JsonMessageCodec.forClient(false).newScanner();
        byte[] bytes = ("{\"return\": \"" + "x".repeat(4 * 1024 * 1024)).getBytes(StandardCharsets.UTF_8);
        // 4 MiB in 8 192 pieces: 16 GiB to look at, if each time began anew
        for (int end = 512; end <= bytes.length; end += 512) {
            assertThat(scanner.scan(ByteBuffer.wrap(bytes, 0, end))).isEqualTo(-1);
        }
        assertThat(scanner.isWithinFrame()).isTrue();
    }

    @Test
    @DisplayName("#25 half a message is none")
    void keepsHalfAMessageBack() {
        FrameScanner scanner = codec.newScanner();

        assertThat(scanner.scan(ByteBuffer.wrap("{\"return\": {}".getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(-1);
        assertThat(scanner.isWithinFrame()).isTrue();
    }

    // ------------------------------------------------------------------ chance

    @Test
    @DisplayName("#56 #64 any bytes are messages or a ProtocolException, however they are divided")
    void survivesFuzz() {
        Random random = new Random(20240607);
        byte[] seed = TRANSCRIPT.getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 8_000; round++) {
            byte[] bytes = mutate(seed, random);
            Object whole = outcome(List.of(bytes));
            int at = random.nextInt(bytes.length + 1);
            Object split =
                    outcome(List.of(Arrays.copyOfRange(bytes, 0, at), Arrays.copyOfRange(bytes, at, bytes.length)));
            assertThat(split).as("round %d", round).isEqualTo(whole);
        }
    }

    private static byte[] mutate(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = (byte) "{}[]\"\\:,0e-".charAt(random.nextInt(11));
                case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                default -> System.arraycopy(bytes, at / 2, bytes, at, Math.min(bytes.length - at, at - at / 2));
            }
        }
        return bytes;
    }

    /** What was read and how it ended; where exactly a division cuts shows in the texts of complaints only. */
    private Object outcome(List<byte[]> chunks) {
        try {
            return read(chunks);
        } catch (ProtocolException e) {
            return e.violation();
        }
    }

    @Test
    @DisplayName("#64 a server survives the same")
    void survivesFuzzAsAServer() {
        Random random = new Random(20240608);
        JsonMessageCodec server = JsonMessageCodec.forServer(() -> false, ignored -> {});
        byte[] seed = "{\"execute\":\"x\",\"arguments\":{\"a\":[1,\"b\"]},\"id\":{\"c\":1e5}}"
                .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 8_000; round++) {
            assertThat(server.decode(ByteBuffer.wrap(mutate(seed, random)))).isNotNull();
        }
    }
}

package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.FrameScanner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Bytes to messages: the same whatever their division, and never more than an exception when they are bad. */
@Timeout(30)
class FramingTests {

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

    private final JsonMessageCodec codec = JsonMessageCodec.forClient(true);

    private List<QmpMessage> read(Iterable<byte[]> chunks) {
        return Frames.read(codec, chunks);
    }

    private List<QmpMessage> read(byte[] bytes) {
        return read(List.of(bytes));
    }

    private QmpMessage readOne(String text) {
        List<QmpMessage> messages = read(text.getBytes(StandardCharsets.UTF_8));
        assertThat(messages).hasSize(1);
        return messages.get(0);
    }

    private static JsonNode resultOf(QmpMessage message) {
        JsonNode result = ((QmpReply) message).result();
        assertThat(result).isNotNull();
        return result;
    }

    private void assertRefused(byte[] bytes, Violation violation) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> read(bytes))
                .satisfies(e -> assertThat(e.violation()).isEqualTo(violation));
    }

    private void assertRefused(String text, Violation violation) {
        assertRefused(text.getBytes(StandardCharsets.UTF_8), violation);
    }

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

    // ------------------------------------------------------------------ limits

    @Test
    @DisplayName("#15 a reply to the client before may come first, and is no greeting")
    void takesALongReplyFirst() {
        assertThat(read(("\r\n{\"return\": \"" + "x".repeat(70 * 1024) + "\"}").getBytes(StandardCharsets.UTF_8)))
                .hasSize(1);
    }

    @Test
    @DisplayName("#12 a first message longer than any greeting is refused before its end")
    void refusesALongGreeting() {
        assertRefused("{\"QMP\": \"" + "x".repeat(64 * 1024), Violation.LIMIT);
        assertRefused("{\"other\": \"" + "x".repeat(64 * 1024) + "\"}", Violation.LIMIT);
        assertThat(read(("{\"return\": 1}{\"return\": \"" + "x".repeat(70 * 1024) + "\"}")
                        .getBytes(StandardCharsets.UTF_8)))
                .hasSize(2);
    }

    @Test
    @DisplayName("#59 nesting is limited before anything recurses")
    void refusesDeepNesting() {
        assertRefused("{\"return\":" + "[".repeat(100_000), Violation.LIMIT);
        assertRefused("{\"a\":".repeat(100_000), Violation.LIMIT);
        int allowed = JsonFrameScanner.MAX_DEPTH - 1;
        assertThat(readOne("{\"return\":" + "[".repeat(allowed) + "]".repeat(allowed) + "}"))
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0,", "{\"a\":{}},", "{},", "[],"})
    @DisplayName("#60 a message of very many parts is refused")
    void refusesATokenBomb(String part) {
        String bomb = "{\"return\":[" + part.repeat(2_200_000) + "0]}";
        JsonMessageCodec ungreeted = JsonMessageCodec.forClient(false);

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> ungreeted.decode(ByteBuffer.wrap(bomb.getBytes(StandardCharsets.UTF_8))))
                .satisfies(e -> assertThat(e.violation()).isEqualTo(Violation.LIMIT));
    }

    @Test
    @DisplayName("#65 a flood of names is refused like any other; a long name too")
    void refusesAFloodOfNames() {
        StringBuilder flood = new StringBuilder("{\"return\":{\"x\":0");
        for (int i = 0; i < 1_100_000; i++) {
            flood.append(",\"").append(i).append("\":0");
        }
        byte[] bytes = flood.append("}}").toString().getBytes(StandardCharsets.UTF_8);

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> codec.decode(ByteBuffer.wrap(bytes)))
                .satisfies(e -> assertThat(e.violation()).isEqualTo(Violation.LIMIT));
        assertRefused("{\"return\":{\"" + "n".repeat(5000) + "\":0}}", Violation.LIMIT);
    }

    @Test
    @DisplayName("#61 numbers are limited in length, and never expanded")
    void limitsNumbers() {
        assertRefused("{\"return\":" + "9".repeat(65) + "}", Violation.LIMIT);
        assertRefused("{\"return\":1." + "9".repeat(65) + "}", Violation.LIMIT);
        assertRefused("{\"return\":" + "9".repeat(60_000) + "}", Violation.LIMIT);

        JsonNode huge = resultOf(readOne("{\"return\":1e999999999}"));
        assertThat(huge.isNumber()).isTrue();
        assertThat(huge.toString()).hasSizeLessThan(100);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "18446744073709551615",
                "9223372036854775808",
                "9223372036854775807",
                "-9223372036854775808",
                "9007199254740993"
            })
    @DisplayName("#61 integers of 64 bits are exact, there and back")
    void keepsIntegersExact(String number) throws IOException {
        JsonNode value = resultOf(readOne("{\"return\":" + number + "}"));
        assertThat(value.bigIntegerValue()).isEqualTo(new BigInteger(number));

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        codec.encode(QmpCommand.of("set", QmpJson.object().set("value", value)), out);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(":" + number + "}");
    }

    // ------------------------------------------------------------------ bad JSON

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"return\":inf}",
                "{\"return\":nan}",
                "{\"return\":NaN}",
                "{\"return\":-Infinity}",
                "{\"return\":01}",
                "{\"return\":1.}",
                "{\"return\":'x'}",
                "{'return':1}",
                "{return:1}",
                "{\"return\":1,}",
                "{\"return\":[1,]}",
                "{\"return\" 1}",
                "{\"return\":}",
                "{\"return\":tru}",
                "{\"return\":\"\\x\"}",
                "{\"return\":\"\\ud8\"}",
                "{\"return\":\"a\nb\"}",
                "{\"return\":1 /* comment */}",
                "{\"return\":[1}}",
                "{\"return\":{\"a\":1]}",
                "{]",
                "{\"a\":1]",
                "[]",
                "1",
                "\"{}\"",
                "}"
            })
    @DisplayName("#62 what is not JSON is refused")
    void refusesBadJson(String text) {
        assertRefused(text, Violation.BAD_MESSAGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":1,\"id\":1,\"return\":1}",
                "{\"return\":1,\"return\":1}",
                "{\"return\":{\"a\":1,\"b\":2,\"a\":1}}",
                "{\"return\":[{\"a\":1,\"\\u0061\":1}]}",
                "{\"event\":\"E\",\"data\":{\"a\":1,\"a\":1},\"timestamp\":{}}",
                "{\"error\":{\"class\":\"a\",\"class\":\"b\",\"desc\":\"c\"}}"
            })
    @DisplayName("#63 members that come twice are refused")
    void refusesDuplicateMembers(String text) {
        assertRefused(text, Violation.BAD_MESSAGE);
    }

    @Test
    @DisplayName("#64 malformed UTF-8 is refused, in strings and between messages")
    void refusesBadUtf8() {
        int[][] sequences = {
            {0xFF}, {0xFE}, {0x80}, {0xC3}, {0xC3, 0x28}, {0xE2, 0x82}, {0xF0, 0x9F, 0x98}, {0xF8, 0x88, 0x80, 0x80}
        };
        for (int[] sequence : sequences) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes("{\"return\":\"".getBytes(StandardCharsets.UTF_8));
            Arrays.stream(sequence).forEach(bytes::write);
            bytes.writeBytes("\"}".getBytes(StandardCharsets.UTF_8));
            assertRefused(bytes.toByteArray(), Violation.BAD_MESSAGE);
            assertRefused(new byte[] {(byte) sequence[0], '{', '}'}, Violation.BAD_MESSAGE);
        }
    }

    @Test
    @DisplayName("#64 bytes 0xFF of a guest agent are passed over between messages, however divided, and nowhere else")
    void passesOverSentinelsOfAGuestAgent() {
        JsonMessageCodec agent = JsonMessageCodec.forClient(false);
        byte[] bytes =
                "\u00FF{\"return\": 99, \"id\": \"b\"}\n\u00FF \u00FF\n\u00FF{\"return\": {}, \"id\": \"c\"}\n\u00FF"
                        .getBytes(StandardCharsets.ISO_8859_1);
        List<QmpMessage> whole = Frames.read(agent, List.of(bytes));
        assertThat(whole).hasSize(2);
        assertThat(resultOf(whole.get(0)).intValue()).isEqualTo(99);
        assertThat(Frames.read(agent, Frames.chunks(bytes, 1))).isEqualTo(whole);
        for (String within : List.of("{\u00FF\"return\": 1}", "{\"return\": \"\u00FF\"}", "{\"return\": 1\u00FF}")) {
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> Frames.read(agent, List.of(within.getBytes(StandardCharsets.ISO_8859_1))))
                    .satisfies(e -> assertThat(e.violation()).isEqualTo(Violation.BAD_MESSAGE));
        }
    }

    @Test
    @DisplayName("#64 no other encoding slips in: neither a byte order mark nor UTF-16")
    void refusesOtherEncodings() {
        assertRefused("\uFEFF{\"return\":1}", Violation.BAD_MESSAGE);
        assertRefused("{\"return\":1}".getBytes(StandardCharsets.UTF_16LE), Violation.BAD_MESSAGE);
        assertRefused("{\"return\":1}".getBytes(StandardCharsets.UTF_16BE), Violation.BAD_MESSAGE);
        assertRefused(new byte[] {'{', 0, '"', 0, 'a', 0, '"', 0, ':', 0, '1', 0, '}'}, Violation.BAD_MESSAGE);
        assertRefused("{\"return\":1}\0", Violation.BAD_MESSAGE);
        assertRefused("{\"return\":\"a\0\"}", Violation.BAD_MESSAGE);
    }

    @Test
    @DisplayName("#64 a lone surrogate is kept as it is")
    void keepsALoneSurrogate() {
        assertThat(resultOf(readOne("{\"return\":\"\\ud800\"}")).stringValue()).isEqualTo("\uD800");
        assertThat(resultOf(readOne("{\"return\":\"\\ud83d\\ude00\"}")).stringValue())
                .isEqualTo("\uD83D\uDE00");
    }

    @Test
    @DisplayName("#54 odd events are delivered raw")
    void readsOddEvents() {
        QmpEvent event = (QmpEvent) readOne("{\"event\":\"BRAND_NEW\"}");
        assertThat(event.name()).isEqualTo("BRAND_NEW");
        assertThat(event.timestamp()).isNull();
        assertThat(event.data().isEmpty()).isTrue();
        for (String timestamp : List.of(
                "1",
                "null",
                "{}",
                "{\"seconds\":-1,\"microseconds\":-1}",
                "{\"seconds\":1,\"microseconds\":1000000}",
                "{\"seconds\":9223372036854775807,\"microseconds\":1}",
                "{\"seconds\":99999999999999999999,\"microseconds\":1}",
                "{\"seconds\":1.5,\"microseconds\":1}")) {
            QmpEvent odd = (QmpEvent) readOne("{\"event\":\"E\",\"data\":[1],\"timestamp\":" + timestamp + "}");
            assertThat(odd.timestamp()).as(timestamp).isNull();
            assertThat(odd.data().isArray()).isTrue();
        }
    }

    @Test
    @DisplayName("G11 no complaint quotes what was inside a message")
    void quotesNothing() {
        for (String text : List.of(
                "{\"return\":\"hunter2\" hunter2}",
                "{\"hunter2\":1,\"return\":hunter2}",
                "{\"return\":{\"hunter2\":1,\"hunter2\":2}}",
                "{\"return\":\"hunter2\\x\"}",
                "{\"error\":\"hunter2\"}",
                "{\"event\":[\"hunter2\"]}")) {
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> readOne(text))
                    .satisfies(e -> {
                        assertThat(e.toString()).doesNotContain("hunter2");
                        assertThat(e.getCause()).isNull();
                    });
        }
    }

    // ------------------------------------------------------------------ chance

    @Test
    @DisplayName("#56 #64 whatever comes, it is messages or a ProtocolException, and the division plays no part")
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
        JsonMessageCodec server = JsonMessageCodec.forServer();
        byte[] seed = "{\"execute\":\"x\",\"arguments\":{\"a\":[1,\"b\"]},\"id\":{\"c\":1e5}}"
                .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 8_000; round++) {
            assertThat(server.decode(ByteBuffer.wrap(mutate(seed, random)))).isNotNull();
        }
    }

    @Test
    @DisplayName("#37 what is written is ASCII on one line")
    void writesAsciiOnOneLine() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        codec.encode(
                QmpCommand.of("say", QmpJson.object().put("text", "ü€😀\n\u2028\u0000"))
                        .withId(StringNode.valueOf("1")),
                out);
        String line = out.toString(StandardCharsets.ISO_8859_1);

        assertThat(line.chars()).allMatch(c -> c < 0x80);
        assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
        assertThat(((QmpCommand) JsonMessageCodec.forServer().decode(ByteBuffer.wrap(out.toByteArray())))
                        .arguments()
                        .get("text")
                        .stringValue())
                .isEqualTo("ü€😀\n\u2028\u0000");
    }
}

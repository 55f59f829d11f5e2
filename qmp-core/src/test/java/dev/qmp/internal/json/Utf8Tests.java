package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.ProtocolException;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row #64: a message is UTF-8, as strictly as that is defined, wherever in it something else stands. */
class Utf8Tests extends OnFrames {

    private static final int[] FIRST_AND_LAST_OF_EACH_LENGTH = {
        0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF
    };

    /** Bytes as characters, so that a text may hold what is not UTF-8. */
    private static byte[] raw(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String bytes(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest(name = "#64 {0} is no UTF-8")
    @ValueSource(
            strings = {
                "C080",
                "C1BF",
                "E08080",
                "E09FBF",
                "F0808080",
                "F08FBFBF", // longer than need be
                "EDA080",
                "EDBFBF",
                "EDA0BDEDB880", // halves of a surrogate pair
                "F4908080",
                "F5808080",
                "F7BFBFBF", // beyond the last character
                "80",
                "BF",
                "C2",
                "E282",
                "F09F98",
                "FE",
                "FF"
            })
    void refusesWhatIsNoUtf8(String hex) {
        for (int before : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 5000}) {
            String text = "{\"return\":\"" + "x".repeat(before) + bytes(hex) + "\"}";
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> codec.decode(ByteBuffer.wrap(raw(text))))
                    .withMessage("a message is not valid UTF-8 at byte " + (11 + before));
        }
    }

    @Test
    @DisplayName("#64 bytes that are not UTF-8 are refused in names and in unread members, too")
    void refusesItEverywhere() {
        for (String text : List.of("{\"\u00C0\u0080\":1,\"return\":1}", "{\"other\":\"\u00C0\u0080\",\"return\":1}")) {
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> read(raw(text)))
                    .withMessageContaining("not valid UTF-8");
        }
    }

    @Test
    @DisplayName("#64 a server answers a command that is no UTF-8 like any other that it cannot parse")
    void aServerAnswersIt() {
        byte[] command = raw("{\"execute\":\"\u00C1\u00BF\"}");

        QmpReply refusal = (QmpReply)
                JsonMessageCodec.forServer(() -> false, ignored -> {}).decode(ByteBuffer.wrap(command));

        assertThat(refusal.error()).isNotNull().satisfies(error -> {
            assertThat(error.errorClass()).isEqualTo(QmpErrorInfo.GENERIC_ERROR);
            assertThat(error.description()).startsWith("JSON parse error").contains("UTF-8");
        });
    }

    @Test
    @DisplayName(
            "#64 characters of one to four bytes are read as they are, however divided, in short messages and long")
    void readsCharactersOfAnyLength() {
        String each = IntStream.of(FIRST_AND_LAST_OF_EACH_LENGTH)
                .mapToObj(Character::toString)
                .reduce("", String::concat);
        for (int before = 0; before < Long.BYTES; before++) {
            for (String text : List.of("x".repeat(before) + each, "x".repeat(before) + each.repeat(1000))) {
                byte[] bytes = ("{\"return\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
                for (int chunk : new int[] {1, 7, bytes.length}) {
                    List<QmpMessage> messages = read(Frames.chunks(bytes, chunk));
                    assertThat(messages).hasSize(1);
                    assertThat(resultOf(messages.get(0)).stringValue()).isEqualTo(text);
                }
            }
        }
    }

    @Test
    @DisplayName("#64 direct buffers are looked at like those on the heap")
    void looksAtDirectBuffers() {
        byte[] good = "{\"return\":\"ü€😀\"}".getBytes(StandardCharsets.UTF_8);
        byte[] bad = raw("{\"return\":\"\u00C0\u0080\"}");

        assertThat(codec.decode(ByteBuffer.allocateDirect(good.length).put(good).flip()))
                .isEqualTo(readOne("{\"return\":\"ü€😀\"}"));
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> codec.decode(
                        ByteBuffer.allocateDirect(bad.length).put(bad).flip()))
                .withMessageEndingWith("not valid UTF-8 at byte 11");
    }
}

package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpReply;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row #64: the byte 0xFF, by which a guest agent voids the incomplete message before it. */
class SentinelTests {

    private static final String LONG = "x".repeat(2 * LineGuessingScanner.COUNTED);

    private final JsonMessageCodec agent = JsonMessageCodec.forClient(false);

    private static byte[] raw(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private List<Integer> ids(Iterable<byte[]> chunks) {
        return Frames.read(agent, chunks).stream()
                .map(message -> ((QmpReply) message).id().intValue())
                .toList();
    }

    /** However the bytes are divided, and in one piece. */
    private void assertIds(String text, Integer... ids) {
        byte[] bytes = raw(text);
        for (int at = 0; at <= bytes.length; at++) {
            assertThat(ids(List.of(Arrays.copyOfRange(bytes, 0, at), Arrays.copyOfRange(bytes, at, bytes.length))))
                    .as("split at %d", at)
                    .containsExactly(ids);
        }
        assertThat(ids(Frames.chunks(bytes, 1))).containsExactly(ids);
    }

    @Test
    @DisplayName("#64 bytes 0xFF of a guest agent are passed over between messages, however divided")
    void passesOverSentinelsBetweenMessages() {
        assertIds("\u00FF{\"return\": 99, \"id\": 1}\n\u00FF \u00FF\n\u00FF{\"return\": {}, \"id\": 2}\n\u00FF", 1, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"return\": {\"cou",
                "{\"return\": \"\\",
                "{\"return\": \"\\\"",
                "{\"return\": [[{\"a\": 1}, {\"b\"",
                "{\"return\": 1, \"id\": 7",
                "{\"return\": \u00FF{\"return\": \"}",
                "{\"return\": \"\u00C3"
            })
    @DisplayName(
            "#64 a reply that a guest agent has left unfinished is void from the next byte 0xFF on, however divided")
    void passesOverWhatIsVoid(String unfinished) {
        assertIds(
                "{\"return\": {}, \"id\": 1}\n" + unfinished
                        + "\u00FF{\"return\": 42, \"id\": 2}\n{\"return\": 1, \"id\": 3}\n",
                1,
                2,
                3);
    }

    @Test
    @DisplayName("#64 #56 long replies of a guest agent are void like short ones, and whole ones before them are not")
    void passesOverWhatIsVoidAndLong() {
        String whole = "{\"return\": \"" + LONG + "\", \"id\": 1}";
        byte[] bytes = raw("{\"return\": {}, \"id\": 0}\n" + whole + whole + "{\"return\": \"" + LONG + "\u00FF" + whole
                + " {\"return\": \"" + LONG + "\u00FF{\"return\": 42, \"id\": 2}\n");

        for (int chunk : new int[] {1, 7, 4096, 4097, bytes.length}) {
            assertThat(ids(Frames.chunks(bytes, chunk)))
                    .as("in pieces of %d", chunk)
                    .containsExactly(0, 1, 1, 1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\u00FF\"return\": 1}", "{\"return\": \"\u00FF\"}", "{\"return\": 1\u00FF}"})
    @DisplayName("#64 what follows on a byte 0xFF of a guest agent is a message, or refused")
    void refusesWhatIsNoMessage(String text) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> Frames.read(agent, List.of(raw(text))))
                .returns(Violation.BAD_MESSAGE, ProtocolException::violation);
    }
}

package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.internal.engine.GuessingScanner;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a long message is searched by its line end, and found without one, too. */
@Timeout(30)
class LineGuessingScannerTests {

    /** Guesses begin behind the first message. */
    private static final String FIRST = "{\"return\": {}, \"id\": 0}\r\n";

    private static final String MEMBERS =
            IntStream.range(0, 900).mapToObj(i -> "{\"a\": [" + i + ", {}]}").collect(Collectors.joining(", "));
    private static final String LONG = "{\"return\": [" + MEMBERS + "], \"id\": 1}";
    private static final String SHORT = "{\"return\": {}, \"id\": 2}";

    private final JsonMessageCodec codec = JsonMessageCodec.forClient(true);
    private final List<QmpMessage> messages = new ArrayList<>();
    private final Frames frames = new Frames(codec, codec.newScanner(), messages::add);

    private void arrive(String text, int chunk) {
        frames.add(Frames.chunks(text.getBytes(StandardCharsets.UTF_8), chunk));
    }

    private List<Integer> ids() {
        return messages.stream()
                .skip(1)
                .map(message -> ((QmpReply) message).id().intValue())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4096, 4097, 1 << 20})
    @DisplayName("#56 a line that is one message is taken as it is")
    void takesALine(int chunk) {
        arrive(FIRST + LONG + "\r\n" + SHORT + "\n" + LONG + "  \t\r\n" + LONG + "\n" + SHORT + "\n", chunk);

        assertThat(ids()).containsExactly(1, 2, 1, 1, 2);
        assertThat(messages.get(1)).isEqualTo(messages.get(3)).isEqualTo(messages.get(4));
        assertThat(((QmpReply) messages.get(1)).result()).hasSize(900);
        assertThat(frames.retracted).isZero();
    }

    @Test
    @DisplayName("#56 a line end is what is looked for, wherever in eight bytes it stands, and the first one counts")
    void findsTheLineEnd() {
        byte[] first = FIRST.getBytes(StandardCharsets.US_ASCII);
        for (int more = 0; more < 16; more++) {
            GuessingScanner scanner = (GuessingScanner) codec.newScanner();
            String behind = " ".repeat(more % 8) + "\n" + "\n\u000b\n".repeat(more);
            byte[] bytes = ("\n" + LONG + behind).getBytes(StandardCharsets.US_ASCII);

            assertThat(scanner.scan(ByteBuffer.wrap(first))).isPositive();
            assertThat(scanner.scan(ByteBuffer.wrap(bytes))).isEqualTo(1 + LONG.length());
            assertThat(scanner.retract()).as("it was a guess").isTrue();
            assertThat(scanner.scan(ByteBuffer.wrap(bytes))).isEqualTo(1 + LONG.length());
            assertThat(scanner.retract()).as("it was counted").isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4096, 4097, 1 << 20})
    @DisplayName("#57 line ends within a message do not end it, and mislead only once")
    void readsPrintedMessages(int chunk) {
        String printed = LONG.replace("{", "{\n    ").replace("}", "\n}").replace("], ", "],\n\n");

        arrive(FIRST + printed + "\n" + printed + "\r\n" + SHORT + "\n" + LONG + "\n", chunk);

        assertThat(ids()).containsExactly(1, 1, 2, 1);
        assertThat(messages.get(1)).isEqualTo(messages.get(2)).isEqualTo(messages.get(4));
        assertThat(frames.retracted).isLessThanOrEqualTo(1);
    }

    @Test
    @DisplayName("#57 a line that ends like a message is none if it is not one")
    void takesAWrongGuessBack() {
        String broken = LONG.replaceAll("800, \\{\\}\\]\\}", "800, {}\r\n]}");

        arrive(FIRST + broken + "\n" + LONG + "\n", 1 << 20);

        assertThat(ids()).containsExactly(1, 1);
        assertThat(messages.get(1)).isEqualTo(messages.get(2));
        assertThat(frames.retracted).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4096, 4097, 1 << 20})
    @DisplayName("#57 two messages on one line are two")
    void readsTwoOnALine(int chunk) {
        arrive(FIRST + LONG + SHORT + " " + LONG + "\n" + LONG + SHORT + "\n", chunk);

        assertThat(ids()).containsExactly(1, 2, 1, 1, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\r", "\t \r", "            "})
    @DisplayName("#57 no message waits for a line end, as QEMU 7.2 sends it late over TLS")
    void waitsForNoLineEnd(String behind) {
        arrive(FIRST, 100);
        for (int chunk : new int[] {100, 4096, 1 << 20}) {
            messages.clear();
            arrive("\r\n" + LONG + behind, chunk);
            assertThat(messages).as("in pieces of %d", chunk).hasSize(1);
        }
    }

    @Test
    @DisplayName("#57 spaces before a message are no part of it, however many")
    void passesOverSpaces() {
        String spaces = " ".repeat(2 * LineGuessingScanner.COUNTED);
        int piece = 3 * LineGuessingScanner.COUNTED;

        arrive(FIRST + spaces + "\n" + spaces + LONG + "\n" + SHORT + spaces + "\n" + LONG, piece);

        assertThat(ids()).containsExactly(1, 2, 1);
    }

    @Test
    @DisplayName("#57 a server that does not end its lines is not waited for")
    void reliesOnNobodyWhoEndsNoLines() {
        arrive("{\"return\": {}, \"id\": 0}" + LONG + "{\"return\"", 1 << 20);
        assertThat(ids()).containsExactly(1);
        arrive(": {}, \"id\": 2}" + LONG + "{", 4096);
        assertThat(ids()).containsExactly(1, 2, 1);
    }

    @Test
    @DisplayName("#25 at the end of the stream, all that is whole is found")
    void readsWhatIsWholeAtTheEnd() {
        arrive(FIRST + LONG + SHORT + "{\"ev", 1 << 20);
        frames.end();
        assertThat(ids()).containsExactly(1, 2);
    }

    @Test
    @DisplayName("#62 what is bad is refused as it is when brackets are counted")
    void refusesWhatIsBad() {
        arrive(FIRST, 100);

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> arrive(LONG.replace("800", "8oo") + "\n", 1 << 20))
                .returns(Violation.BAD_MESSAGE, ProtocolException::violation);
        assertThat(frames.retracted).isEqualTo(1);
    }

    @Test
    @DisplayName("#56 a byte is counted at most once, wherever the pieces end")
    void countsEachByteOnce() {
        LineGuessingScanner scanner =
                new LineGuessingScanner(new JsonFrameScanner(Integer.MAX_VALUE, false), LineGuessingScanner.COUNTED);
        byte[] bytes = ("{}\n{\"return\": \"" + "}".repeat(4 * 1024 * 1024)).getBytes(StandardCharsets.UTF_8);
        int begin = scanner.scan(ByteBuffer.wrap(bytes));
        // 4 MiB in 8 192 pieces, each of which ends like an object: 16 GiB to look at, if each time began anew
        for (int end = begin + 512; end <= bytes.length; end += 512) {
            assertThat(scanner.scan(ByteBuffer.wrap(bytes, begin, end - begin))).isEqualTo(-1);
        }
        assertThat(scanner.isWithinFrame()).isTrue();
    }
}

package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpMessage;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages that are looked for by their line ends: the bound and the end of the stream are the same as for all others.
 */
class LongMessageTests {

    private static final int LIMIT = 20_000;
    /** The line end of the message before may count as a part of it. */
    private static final int LONGEST = LIMIT - 2;

    private static final String FIRST = "{\"return\": {}}\r\n";

    private final HeardMessages<QmpMessage> heard = new HeardMessages<>();
    private final List<QmpMessage> received = heard.received;
    private final List<Throwable> failures = heard.failures;
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new FrameHandler<>(JsonMessageCodec.forClient(true), LIMIT, heard));

    @AfterEach
    void nothingIsLeft() {
        channel.finishAndReleaseAll();
    }

    private static String message(int length) {
        String frame = "{\"return\": \"\"}";
        return frame.replace("\"\"", "\"" + "x".repeat(length - frame.length()) + "\"");
    }

    private void arrive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n", " \r\n"})
    @DisplayName("#58 a message of the maximum length is read with each kind of line end")
    void theLongestMessage(String end) {
        arrive(FIRST + message(LONGEST) + end);
        arrive(message(LONGEST).substring(0, 10_000));
        arrive(message(LONGEST).substring(10_000) + end);
        assertThat(received).hasSize(3);
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    @DisplayName("#58 a message that is a byte longer than it may be is refused")
    void aMessageThatIsTooLong(String end) {
        arrive(FIRST + message(LIMIT + 1) + end);
        assertRefused(Violation.FRAME_TOO_LONG);
        assertThat(received).hasSize(1);
    }

    @Test
    @DisplayName("#58 two messages on one line may be longer than one may be")
    void twoOnALine() {
        arrive(FIRST + message(15_000) + message(15_000).substring(0, 12_000));
        assertThat(received).hasSize(2);
        arrive(message(15_000).substring(12_000) + "\n");
        assertThat(received).hasSize(3);
        assertThat(failures).isEmpty();
    }

    @Test
    @DisplayName("#25 at the end of the stream a whole message is delivered, and half of one is not")
    void theEndOfTheStream() {
        arrive(FIRST + message(15_000) + "{\"ev");
        assertThat(received).as("what was heard so far").hasSize(1);
        channel.close();
        assertThat(received).hasSize(2);
        assertRefused(Violation.TRUNCATED);
    }

    private void assertRefused(Violation violation) {
        assertThat(failures).singleElement().isInstanceOfSatisfying(ProtocolException.class, e -> assertThat(
                        e.violation())
                .isEqualTo(violation));
    }
}

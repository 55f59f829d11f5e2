package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** How long, how deep and of how many parts a message may be. */
class MessageLimitsTests extends OnFrames {

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
}

package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no JSON, or not in UTF-8, is refused, and not quoted. */
class BadJsonTests extends OnFrames {

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
            {0xFF},
            {0xFE},
            {0x80},
            {0xC3},
            {0xC3, 0x28},
            {0xE2, 0x82},
            {0xF0, 0x9F, 0x98},
            {0xF8, 0x88, 0x80, 0x80},
            {0xC0, 0x80},
            {0xE0, 0x80, 0x80},
            {0xF0, 0x80, 0x80, 0x80},
            {0xED, 0xA0, 0x80},
            {0xF4, 0x90, 0x80, 0x80},
            {0xF7, 0xBF, 0xBF, 0xBF}
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
    @DisplayName("G11 no complaint quotes what was inside a message")
    void quotesNothing() {
        for (String text : List.of(
                "{\"return\":\"hunter2\" hunter2}",
                "{\"hunter2\":1,\"return\":hunter2}",
                "{\"return\":{\"hunter2\":1,\"hunter2\":2}}",
                "{\"return\":\"hunter2\\x\"}",
                "{\"error\":\"hunter2\"}",
                "{\"return\":{\"v\":73e99999999999}}",
                "{\"event\":[\"hunter2\"]}")) {
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> readOne(text))
                    .satisfies(e -> {
                        assertThat(e.toString()).doesNotContain("hunter2").doesNotContain("73e99999999999");
                        assertThat(e.getCause()).isNull();
                    });
        }
    }
}

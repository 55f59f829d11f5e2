package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.MappingException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
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

    @ParameterizedTest(name = "#61 #65 a limit that ends a session is named: {1}")
    @MethodSource
    void input9ALimitThatEndsASessionIsNamed(String message, String limit) {
        JsonMessageCodec ungreeted = JsonMessageCodec.forClient(false);
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> ungreeted.decode(ByteBuffer.wrap(bytes)))
                .withMessageContaining(limit)
                .withMessageContaining("fixed limit");
    }

    static Stream<Arguments> input9ALimitThatEndsASessionIsNamed() {
        return Stream.of(
                Arguments.of("{\"return\":{\"" + "n".repeat(5000) + "\":0}}", "a name of more than 4096 bytes"),
                Arguments.of("{\"return\":" + "9".repeat(65) + "}", "a number of more than 64 digits"),
                Arguments.of("{\"return\":{\"v\":1e99999999999}}", "a number whose exponent exceeds 32 bits"),
                Arguments.of("{\"return\":-1e99999999999}", "a number whose exponent exceeds 32 bits"),
                Arguments.of("{\"event\":\"E\",\"data\":[1e-99999999999]}", "a number whose exponent exceeds 32 bits"),
                Arguments.of("{\"return\":[" + "0,".repeat(2_200_000) + "0]}", "more than 2097152 tokens"),
                Arguments.of(
                        "{\"event\":\"" + "E".repeat(257) + "\"}", "an event's name is longer than 256 characters"),
                Arguments.of(
                        "{\"error\":{\"class\":\"" + "C".repeat(257) + "\",\"desc\":\"\"}}",
                        "an error's class is longer than 256 characters"));
    }

    @Test
    @DisplayName("#65 an event's name, and an error's class, may have 256 characters")
    void limitsNamesThatApplicationsKeep() {
        String longest = "N".repeat(256);

        assertThat(readOne("{\"event\":\"" + longest + "\"}"))
                .isInstanceOfSatisfying(
                        QmpEvent.class, event -> assertThat(event.name()).isEqualTo(longest));
        assertThat(readOne("{\"error\":{\"class\":\"" + longest + "\",\"desc\":\"d\"}}"))
                .isInstanceOfSatisfying(
                        QmpReply.class, reply -> assertThat(reply.error()).isEqualTo(new QmpErrorInfo(longest, "d")));
        assertRefused("{\"event\":\"" + longest + "N\"}", Violation.LIMIT);
        assertRefused("{\"error\":{\"class\":\"" + longest + "N\",\"desc\":\"d\"}}", Violation.LIMIT);
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

    @Test
    @DisplayName("#61 a server answers a number with a huge exponent by an error reply that does not quote it")
    void aServerRefusesANumberWithAHugeExponent() {
        String command = "{\"execute\":\"x\",\"arguments\":{\"v\":73e99999999999}}";

        assertThat(JsonMessageCodec.forServer(() -> false, refused -> {})
                        .decode(ByteBuffer.wrap(command.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOfSatisfying(
                        QmpReply.class,
                        reply -> assertThat(reply.error().description()).isEqualTo("JSON parse error, too long"));
    }

    @ParameterizedTest(name = "#61 {0} is never expanded, whatever type it is read as")
    @ValueSource(strings = {"1e999999999", "-1e999999999", "1e-999999999", "1e1000000", "1E+2147483647"})
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    void neverExpandsANumber(String text) {
        assertNeverExpanded(resultOf(readOne("{\"return\":" + text + "}")));
        assertNeverExpanded(QmpJson.toTree(new BigDecimal(text)));
    }

    private static void assertNeverExpanded(JsonNode huge) {
        assertThat(huge.isNumber()).isTrue();
        assertBounded(huge::bigIntegerValue);
        assertBounded(huge::asBigInteger);
        assertBounded(huge::longValue);
        assertBounded(huge::intValue);
        assertBounded(() -> QmpJson.fromTree(QmpJson.object().set("a", huge), Map.class));
        for (Class<?> type : List.of(BigInteger.class, BigDecimal.class, Long.class, Integer.class, Double.class)) {
            assertBounded(() -> QmpJson.fromTree(huge, type));
        }
    }

    /** A value is shown in a few digits, or not at all. */
    private static void assertBounded(Supplier<?> value) {
        Object read;
        try {
            read = value.get();
        } catch (JacksonException | MappingException e) {
            return; // refused
        }
        if (read instanceof BigInteger integer) {
            assertThat(integer.bitLength()).isLessThan(10_000);
        } else if (read instanceof BigDecimal decimal) {
            assertThat(decimal.precision()).isLessThan(1000);
        }
        assertThat(String.valueOf(read)).hasSizeLessThan(1000);
    }
}

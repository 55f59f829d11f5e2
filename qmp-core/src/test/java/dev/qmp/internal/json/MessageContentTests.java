package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.MappingException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** The content of a message is read and written unchanged: large integers, odd events, any text. */
class MessageContentTests extends OnFrames {

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

    @Test
    @DisplayName("#64 a lone surrogate is kept as it is")
    void keepsALoneSurrogate() {
        assertThat(resultOf(readOne("{\"return\":\"\\ud800\"}")).stringValue()).isEqualTo("\uD800");
        assertThat(resultOf(readOne("{\"return\":\"\\ud83d\\ude00\"}")).stringValue())
                .isEqualTo("\uD83D\uDE00");
    }

    @Test
    @DisplayName("the time of an event is exact to the microsecond")
    void keepsTheTimeOfAnEvent() {
        QmpEvent event =
                (QmpEvent) readOne("{\"event\":\"E\",\"timestamp\":{\"seconds\":1267020223,\"microseconds\":435656}}");
        assertThat(event.timestamp()).isEqualTo("2010-02-24T14:03:43.435656Z");
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
        assertThat(((QmpCommand) JsonMessageCodec.forServer(() -> false, ignored -> {})
                                .decode(ByteBuffer.wrap(out.toByteArray())))
                        .arguments()
                        .get("text")
                        .stringValue())
                .isEqualTo("ü€😀\n\u2028\u0000");
    }

    @Test
    @DisplayName("a number beyond a double is exact in trees, and no infinity in results")
    void input6KeepsNumbersBeyondADouble() {
        JsonNode result = resultOf(readOne("{\"return\": {\"n\": 1e400}}\n"));

        assertThat(result.get("n").decimalValue()).isEqualByComparingTo(new BigDecimal("1e400"));
        assertThatExceptionOfType(MappingException.class)
                .isThrownBy(() -> QmpJson.fromTree(result.get("n"), Double.class));
    }
}

package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What is looked at before a command is sent. */
class SendableJsonTests {

    private static final int SMALL_STACK = 192 * 1024;

    /** {@return a command of as many levels, by objects and arrays in turn} */
    private static QmpCommand nested(int levels) {
        ObjectNode arguments = QmpJson.object();
        ObjectNode innermost = arguments;
        for (int level = 3; level < levels; level += 2) {
            ArrayNode array = innermost.putArray("a");
            innermost = array.addObject();
        }
        return QmpCommand.of("query-status", arguments);
    }

    @Test
    @DisplayName("#37 #59 a thousand levels are checked on a small stack")
    void checksOnASmallStack() {
        QmpCommand command = nested(1000);
        CompletableFuture<Long> size = new CompletableFuture<>();
        Runnable check = () -> {
            try {
                size.complete(SendableJson.check(command, Integer.MAX_VALUE));
            } catch (Throwable e) {
                size.completeExceptionally(e);
            }
        };
        new Thread(null, check, "small-stack", SMALL_STACK).start();

        assertThat(size.join()).isGreaterThan(1000);
    }

    @Test
    @DisplayName("#37 a fault is reported with its place, however deep")
    void namesThePlace() {
        ObjectNode arguments = QmpJson.object();
        ObjectNode place = arguments.putObject("a").putArray("b").addObject();
        for (double number : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            for (JsonNode value : List.of(
                    JsonNodeFactory.instance.numberNode(number), JsonNodeFactory.instance.numberNode((float) number))) {
                place.set("c", value);
                assertThatIllegalArgumentException()
                        .isThrownBy(
                                () -> SendableJson.check(QmpCommand.of("query-status", arguments), Integer.MAX_VALUE))
                        .withMessage("arguments.a.b.c holds NaN or an infinity");
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SendableJson.check(nested(1002), Integer.MAX_VALUE))
                .withMessageContaining("deeper than 1000 levels");
    }

    @Test
    @DisplayName("a BigDecimal that is written as an integer has the bounds of an integer")
    void refusesAnIntegralBigDecimalBeyond64Bits() {
        for (String number : List.of("18446744073709551616", "-9223372036854775809")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SendableJson.check(withNumber(number), Integer.MAX_VALUE))
                    .withMessage("arguments.n holds a number beyond 64 bits");
        }
        for (String number : List.of("18446744073709551615", "-9223372036854775808", "1E+30", "1e400", "0.1")) {
            assertThat(SendableJson.check(withNumber(number), Integer.MAX_VALUE))
                    .as(number)
                    .isPositive();
        }
    }

    private static QmpCommand withNumber(String number) {
        return QmpCommand.of("query-status", Map.of("n", new BigDecimal(number)));
    }

    private static QmpCommand withList(int length) {
        return QmpCommand.of("query-status", Map.of("list", Collections.nCopies(length, 0)));
    }

    @Test
    @DisplayName("#39 a command with more tokens than QEMU reads is refused, because the error would have no id")
    void refusesTooManyTokens() {
        int half = 1024 * 1024; // each number has a comma
        SendableJson.check(withList(half - 40), Integer.MAX_VALUE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SendableJson.check(withList(half), Integer.MAX_VALUE))
                .withMessage("it has more than 2097088 tokens of JSON (fixed limit)");
    }

    @Test
    @DisplayName("G7 #36 what is certainly too long is refused, and nothing that may fit")
    void refusesOnlyWhatIsTooLong() {
        QmpCommand command = QmpCommand.of("c", Map.of("list", List.of(1, 2, 3), "text", "four", "none", Map.of()));
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        MessageWriter.write(command, written);
        SendableJson.check(command, written.size());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SendableJson.check(command, written.size() / 3))
                .withMessage("it is longer than " + written.size() / 3 + " bytes (maxCommandSize)");
    }
}

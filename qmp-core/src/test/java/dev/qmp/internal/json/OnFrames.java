package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** A client's codec, and bytes for it: what it reads from them, or why it refuses them. */
@Timeout(30)
abstract class OnFrames {

    final JsonMessageCodec codec = JsonMessageCodec.forClient(true);

    List<QmpMessage> read(Iterable<byte[]> chunks) {
        return Frames.read(codec, chunks);
    }

    List<QmpMessage> read(byte[] bytes) {
        return read(List.of(bytes));
    }

    QmpMessage readOne(String text) {
        List<QmpMessage> messages = read(text.getBytes(StandardCharsets.UTF_8));
        assertThat(messages).hasSize(1);
        return messages.get(0);
    }

    static JsonNode resultOf(QmpMessage message) {
        JsonNode result = ((QmpReply) message).result();
        assertThat(result).isNotNull();
        return result;
    }

    void assertRefused(byte[] bytes, Violation violation) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> read(bytes))
                .satisfies(e -> assertThat(e.violation()).isEqualTo(violation));
    }

    void assertRefused(String text, Violation violation) {
        assertRefused(text.getBytes(StandardCharsets.UTF_8), violation);
    }
}

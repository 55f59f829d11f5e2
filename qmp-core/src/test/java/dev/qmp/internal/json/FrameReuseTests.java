package dev.qmp.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.StringNode;

/** One parser and one generator serve many messages: none of them may notice the others. */
class FrameReuseTests {

    private final JsonMessageCodec codec = JsonMessageCodec.forClient(true);

    @Test
    void limitsThatCountUpAreThoseOfOneMessage() {
        String twenty = "{\"return\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}";
        for (int message = 0; message < 200_000; message++) { // four million tokens, where two are allowed
            assertThat(((QmpReply) read(twenty)).result()).hasSize(14);
        }
    }

    @Test
    void aFailureSaysWhereInItsOwnMessageItIs() {
        for (int message = 0; message < 100; message++) {
            read("{\"return\":{}}");
        }
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> read("{\"return\":x}"))
                .withMessageContaining("at byte 10 ");
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> read("{\"return\":x}"))
                .withMessageContaining("at byte 10 ");
    }

    @Test
    void theNextMessageKnowsNothingOfOneThatFailed() {
        for (String broken :
                new String[] {"{\"return\":[1,", "{\"return\":1}{}", "{\"return\":1,\"return\":2}", "{]}"}) {
            assertThatExceptionOfType(ProtocolException.class)
                    .isThrownBy(() -> read(broken))
                    .returns(Violation.BAD_MESSAGE, ProtocolException::violation);
            assertThat(read("{\"return\":\"ä\",\"id\":\"a\"}"))
                    .isEqualTo(QmpReply.success(StringNode.valueOf("a"), StringNode.valueOf("ä")));
        }
    }

    @Test
    void whatIsWrittenAfterAMessageThatFailedIsWhole() throws IOException {
        ByteArrayOutputStream narrow = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                throw new IndexOutOfBoundsException("full");
            }
        };
        QmpCommand command = QmpCommand.of("query-status");
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> codec.encode(command, narrow));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode(command, new ByteArrayOutputStream() {
                    @Override
                    public synchronized void write(byte[] bytes, int offset, int length) {
                        throw new IllegalArgumentException("odd");
                    }
                }));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        codec.encode(command, out);
        codec.encode(command, out);
        assertThat(out.toString(StandardCharsets.US_ASCII))
                .isEqualTo("{\"execute\":\"query-status\"}\n{\"execute\":\"query-status\"}\n");
    }

    private QmpMessage read(String frame) {
        return codec.decode(ByteBuffer.wrap(frame.getBytes(StandardCharsets.UTF_8)));
    }
}

package dev.qmp.internal.json;

import dev.qmp.message.QmpMessage;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Writes messages. All of a thread are written by one generator, to which they are values in a row: between two of them
 * it has no state. It is made anew after a failure.
 */
final class FrameGenerator {

    private static final ThreadLocal<FrameGenerator> OF_THREAD = ThreadLocal.withInitial(FrameGenerator::new);

    private final MessageStream stream = new MessageStream();
    private @Nullable JsonGenerator generator;

    private FrameGenerator() {}

    /** Writes one message, without an end mark. */
    static void write(QmpMessage message, OutputStream out) {
        OF_THREAD.get().writeTo(message, out);
    }

    private void writeTo(QmpMessage message, OutputStream out) {
        JsonGenerator current = generator == null ? Json.MAPPER.createGenerator(stream) : generator;
        generator = null; // it comes back when all went well
        stream.out = out;
        try {
            MessageWriter.write(message, current);
            current.flush();
        } finally {
            stream.out = OutputStream.nullOutputStream();
        }
        generator = current;
    }

    /** What the generator takes for one stream. */
    private static final class MessageStream extends OutputStream {

        private OutputStream out = OutputStream.nullOutputStream();

        @Override
        public void write(int octet) throws IOException {
            out.write(octet);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }
    }
}

package dev.qmp.internal.json;

import dev.qmp.message.QmpMessage;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Writes messages as JSON. Each thread has one generator for all its messages, which are a sequence of values to it.
 * Between two values it has no state. After a failure, a new one is created.
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
        generator = null; // restored after success only
        stream.out = out;
        try {
            MessageWriter.write(message, current);
            current.flush();
        } finally {
            stream.out = MessageStream.NOWHERE;
        }
        generator = current;
    }

    /** The stream of the generator, which writes to the stream of the present message. */
    private static final class MessageStream extends OutputStream {

        private static final OutputStream NOWHERE = OutputStream.nullOutputStream();

        private OutputStream out = NOWHERE;

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

package dev.qmp.internal.json;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** QMP's messages as JSON objects, one after the other, for either side. */
public final class JsonMessageCodec implements MessageCodec<QmpMessage> {

    private static final byte[] CLIENT_LINE_END = {'\n'};
    private static final byte[] SERVER_LINE_END = {'\r', '\n'};

    private final boolean server;
    private final int firstLimit;

    private JsonMessageCodec(boolean server, int firstLimit) {
        this.server = server;
        this.firstLimit = firstLimit;
    }

    /**
     * {@return the codec of a client: reads what servers say}
     *
     * @param greeted whether the first message is a greeting, and as short as one
     */
    public static JsonMessageCodec forClient(boolean greeted) {
        return new JsonMessageCodec(false, greeted ? JsonFrameScanner.MAX_GREETING : Integer.MAX_VALUE);
    }

    /** {@return the codec of a server: reads what clients say, and turns what is no command into the error for it} */
    public static JsonMessageCodec forServer() {
        return new JsonMessageCodec(true, Integer.MAX_VALUE);
    }

    @Override
    public FrameScanner newScanner() {
        return server ? new ClientFrameScanner() : new JsonFrameScanner(firstLimit);
    }

    @Override
    public QmpMessage decode(ByteBuffer frame) {
        return server ? CommandReader.read(frame) : ServerMessageReader.read(frame);
    }

    @Override
    public @Nullable FileDescriptor attachment(QmpMessage message) {
        return message instanceof QmpCommand command ? command.fileDescriptor() : null;
    }

    @Override
    public void encode(QmpMessage message, OutputStream out) throws IOException {
        try {
            FrameGenerator.write(message, out);
        } catch (JacksonException e) {
            if (e.getCause() instanceof IndexOutOfBoundsException tooLong) {
                throw tooLong;
            }
            throw new IllegalArgumentException(
                    "it cannot be written as JSON (" + e.getClass().getSimpleName() + ")");
        }
        out.write(server ? SERVER_LINE_END : CLIENT_LINE_END);
    }
}

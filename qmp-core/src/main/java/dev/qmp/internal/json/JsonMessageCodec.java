package dev.qmp.internal.json;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** The codec of QMP's messages: JSON objects, one after the other, for either side. */
public final class JsonMessageCodec implements MessageCodec<QmpMessage> {

    private static final byte[] CLIENT_LINE_END = {'\n'};
    private static final byte[] SERVER_LINE_END = {'\r', '\n'};

    private final boolean server;
    private final boolean greeted;
    private final BooleanSupplier outOfBand;
    private @Nullable QmpMessage afterSentinel;

    private JsonMessageCodec(boolean server, boolean greeted, BooleanSupplier outOfBand) {
        this.server = server;
        this.greeted = greeted;
        this.outOfBand = outOfBand;
    }

    /**
     * {@return the codec of a client, which reads a server's messages}
     *
     * @param greeted whether the first message is a greeting of limited length. A guest agent does not greet; a byte
     *     0xFF from it voids the incomplete message before
     */
    public static JsonMessageCodec forClient(boolean greeted) {
        return new JsonMessageCodec(false, greeted, () -> false);
    }

    /**
     * {@return the codec of a server} It reads commands, and converts every other input into QEMU's error reply.
     *
     * @param outOfBand whether the session has out-of-band execution enabled; read once for each message, before the
     *     message is delivered
     */
    public static JsonMessageCodec forServer(BooleanSupplier outOfBand) {
        return new JsonMessageCodec(true, false, outOfBand);
    }

    /**
     * Writes a byte 0xFF before the given message. A guest agent then drops the unfinished command that it has read.
     */
    @BottomHalf
    public void writeSentinelBefore(QmpMessage message) {
        afterSentinel = message;
    }

    @Override
    public FrameScanner newScanner() {
        if (server) {
            return new ClientFrameScanner();
        }
        if (!greeted) { // with a byte 0xFF in a line, the guess does not pay
            return new JsonFrameScanner(Integer.MAX_VALUE, true);
        }
        return new LineGuessingScanner(
                new JsonFrameScanner(JsonFrameScanner.MAX_GREETING, false), LineGuessingScanner.COUNTED);
    }

    @Override
    public QmpMessage decode(ByteBuffer frame) {
        if (server) {
            return CommandReader.read(frame, outOfBand.getAsBoolean());
        }
        if (!greeted) {
            JsonFrameScanner.skipSentinels(frame);
        }
        return ServerMessageReader.read(frame);
    }

    @Override
    public @Nullable FileDescriptor attachment(QmpMessage message) {
        return message instanceof QmpCommand command ? command.fileDescriptor() : null;
    }

    /**
     * Encodes a message. A command with a file descriptor has its line end in front, because QEMU executes a command at
     * its last bracket. A byte that it reads during this one can crash it.
     */
    @Override
    public void encode(QmpMessage message, OutputStream out) throws IOException {
        boolean withDescriptor = attachment(message) != null;
        if (withDescriptor) {
            out.write(CLIENT_LINE_END);
        }
        if (message == afterSentinel) {
            afterSentinel = null;
            out.write(JsonFrameScanner.SENTINEL);
        }
        try {
            FrameGenerator.write(message, out);
        } catch (JacksonException e) {
            if (e.getCause() instanceof IndexOutOfBoundsException tooLong) {
                throw tooLong;
            }
            throw new IllegalArgumentException(
                    "it cannot be written as JSON (" + e.getClass().getSimpleName() + ")");
        }
        if (!withDescriptor) {
            out.write(server ? SERVER_LINE_END : CLIENT_LINE_END);
        }
    }
}

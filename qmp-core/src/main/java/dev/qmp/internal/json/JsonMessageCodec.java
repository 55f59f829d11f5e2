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

/** QMP's messages as JSON objects, one after the other, for either side. */
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
     * {@return the codec of a client: reads what servers say}
     *
     * @param greeted whether the first message is a greeting, and as short as one; a guest agent does not greet, but
     *     says by a byte 0xFF that what came before has no end
     */
    public static JsonMessageCodec forClient(boolean greeted) {
        return new JsonMessageCodec(false, greeted, () -> false);
    }

    /**
     * {@return the codec of a server: reads commands, and turns every other input into the error reply for it}
     *
     * @param outOfBand whether the session has out-of-band execution enabled; read once for each message, before the
     *     message is delivered
     */
    public static JsonMessageCodec forServer(BooleanSupplier outOfBand) {
        return new JsonMessageCodec(true, false, outOfBand);
    }

    /**
     * Has a byte 0xFF written before the given message: a guest agent drops what it has read of an unfinished command.
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
        if (!greeted) { // a line with a byte 0xFF in it is no guess worth taking
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
     * A command with a file descriptor has its line end in front: QEMU executes a command at its last bracket, and a
     * byte that it reads during this one can crash it.
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

package dev.qmp.internal.json;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpMessage;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** The codec of QMP's messages: JSON objects, one after the other, for either side. */
public final class JsonMessageCodec implements MessageCodec<QmpMessage> {

    private static final byte[] LINE_END = {'\n'};
    private static final byte[] MONITOR_LINE_END = {'\r', '\n'};

    /** The peer that a codec is made for. */
    private enum Side {
        CLIENT_OF_MONITOR,
        CLIENT_OF_AGENT,
        MONITOR,
        AGENT
    }

    /** Shared, because only a codec for a guest agent has a state. */
    private static final JsonMessageCodec FOR_CLIENTS_OF_MONITORS =
            new JsonMessageCodec(Side.CLIENT_OF_MONITOR, () -> false, refusal -> {});

    private final Side side;
    private final BooleanSupplier outOfBand;
    private final Consumer<QmpReply> refusedOutOfBand;
    private @Nullable QmpMessage afterSentinel;

    private JsonMessageCodec(Side side, BooleanSupplier outOfBand, Consumer<QmpReply> refusedOutOfBand) {
        this.side = side;
        this.outOfBand = outOfBand;
        this.refusedOutOfBand = refusedOutOfBand;
    }

    /**
     * {@return the codec of a client, which reads a server's messages}
     *
     * @param greeted whether the first message is a greeting of limited length. A guest agent does not greet; a byte
     *     0xFF from it voids the incomplete message before
     */
    public static JsonMessageCodec forClient(boolean greeted) {
        return greeted
                ? FOR_CLIENTS_OF_MONITORS
                : new JsonMessageCodec(Side.CLIENT_OF_AGENT, () -> false, refusal -> {});
    }

    /**
     * {@return the codec of a server} It reads commands, and converts every other input into QEMU's error reply.
     *
     * @param outOfBand whether the session has out-of-band execution enabled; read once for each message, before the
     *     message is delivered
     * @param refusedOutOfBand receives an error reply before it is delivered, if the command is to be executed out of
     *     band
     */
    public static JsonMessageCodec forServer(BooleanSupplier outOfBand, Consumer<QmpReply> refusedOutOfBand) {
        return new JsonMessageCodec(Side.MONITOR, outOfBand, refusedOutOfBand);
    }

    /**
     * {@return the codec of a guest agent: reads commands as a server does, without out-of-band execution} A byte 0xFF
     * ends half a command, and a line ends as the agent's lines do.
     */
    public static JsonMessageCodec forAgent() {
        return new JsonMessageCodec(Side.AGENT, () -> false, refusal -> {});
    }

    private boolean isServer() {
        return side == Side.MONITOR || side == Side.AGENT;
    }

    /**
     * Has a byte 0xFF written before the given message, which must be the next one. At that byte, a guest agent drops
     * an unfinished command, and an agent's client drops an unfinished reply.
     */
    @BottomHalf
    public void writeSentinelBefore(QmpMessage message) {
        afterSentinel = message;
    }

    @Override
    public FrameScanner newScanner() {
        if (isServer()) {
            return new ClientFrameScanner();
        }
        if (side == Side.CLIENT_OF_AGENT) { // never guesses: a byte 0xFF can void a part of a line
            return new JsonFrameScanner(Integer.MAX_VALUE, true);
        }
        return new LineGuessingScanner(
                new JsonFrameScanner(JsonFrameScanner.MAX_GREETING, false), LineGuessingScanner.COUNTED);
    }

    @Override
    public QmpMessage decode(ByteBuffer frame) {
        if (isServer()) {
            return CommandReader.read(frame, outOfBand.getAsBoolean(), refusedOutOfBand);
        }
        if (side == Side.CLIENT_OF_AGENT) {
            JsonFrameScanner.skipSentinels(frame);
        }
        return ServerMessageReader.read(frame);
    }

    @Override
    public @Nullable FileDescriptor attachment(QmpMessage message) {
        return message instanceof QmpCommand command ? command.fileDescriptor() : null;
    }

    /**
     * Encodes a message. The line end of a command with a file descriptor is written before the command. QEMU executes
     * a command at its last bracket, and a byte that QEMU reads during that execution can crash it.
     */
    @Override
    public void encode(QmpMessage message, OutputStream out) throws IOException {
        boolean withDescriptor = attachment(message) != null;
        if (withDescriptor) {
            out.write(LINE_END);
        }
        if (message == afterSentinel) {
            afterSentinel = null;
            out.write(JsonFrameScanner.SENTINEL);
        }
        try {
            MessageWriter.write(message, out);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "it cannot be written as JSON (" + e.getClass().getSimpleName() + ")");
        }
        if (!withDescriptor) {
            out.write(side == Side.MONITOR ? MONITOR_LINE_END : LINE_END);
        }
    }
}

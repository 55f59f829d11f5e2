package dev.qmp.server;

import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * Encodes messages as a QMP server does. With the fault {@link ServerFault#GARBLED} it writes an HTTP response instead
 * of each message.
 */
final class GarblingCodec implements MessageCodec<QmpMessage> {

    private static final byte[] GARBAGE = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final MessageCodec<QmpMessage> codec;
    private final Faults faults;

    GarblingCodec(Faults faults, BooleanSupplier outOfBand) {
        this.codec = JsonMessageCodec.forServer(outOfBand);
        this.faults = faults;
    }

    @Override
    public FrameScanner newScanner() {
        return codec.newScanner();
    }

    @Override
    public QmpMessage decode(ByteBuffer frame) {
        return codec.decode(frame);
    }

    @Override
    public void encode(QmpMessage message, OutputStream out) throws IOException {
        if (faults.has(ServerFault.GARBLED)) {
            out.write(GARBAGE);
        } else {
            codec.encode(message, out);
        }
    }
}

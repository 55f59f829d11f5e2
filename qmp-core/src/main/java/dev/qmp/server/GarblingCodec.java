package dev.qmp.server;

import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Encodes messages as a QMP server does. With the fault {@link ServerFault#GARBLED} it writes an HTTP response instead
 * of each message.
 */
final class GarblingCodec implements MessageCodec<QmpMessage> {

    private static final byte[] GARBAGE = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final JsonMessageCodec codec;
    private final Set<ServerFault> faults;
    private final Supplier<ServerSession> session;

    /**
     * Creates a codec.
     *
     * @param session supplies the session whose message is read or written
     */
    GarblingCodec(Set<ServerFault> faults, boolean guestAgent, Supplier<ServerSession> session) {
        this.codec = guestAgent
                ? JsonMessageCodec.forAgent()
                : JsonMessageCodec.forServer(() -> session.get().isOutOfBand(), refusal -> session.get()
                        .refusedOutOfBand(refusal));
        this.faults = faults;
        this.session = session;
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
        if (faults.contains(ServerFault.GARBLED)) {
            out.write(GARBAGE);
            return;
        }
        if (session.get().takeDelimited(message)) {
            codec.writeSentinelBefore(message);
        }
        codec.encode(message, out);
    }
}

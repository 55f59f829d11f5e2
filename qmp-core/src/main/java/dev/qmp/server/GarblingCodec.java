package dev.qmp.server;

import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * Encodes messages as a QMP server does. With the fault {@link ServerFault#GARBLED} it writes an HTTP response instead
 * of each message.
 */
final class GarblingCodec implements MessageCodec<QmpMessage> {

    private static final byte[] GARBAGE = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final JsonMessageCodec codec;
    private final Set<ServerFault> faults;
    /** Replies that are not written yet, and that a byte 0xFF precedes. */
    private final Set<QmpMessage> delimited =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    /** Error replies to input out of band that are not delivered yet. */
    private final Set<QmpMessage> refusedOutOfBand =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    private volatile boolean outOfBand;

    GarblingCodec(Set<ServerFault> faults, boolean guestAgent) {
        this.codec = guestAgent
                ? JsonMessageCodec.forAgent()
                : JsonMessageCodec.forServer(() -> outOfBand, refusedOutOfBand::add);
        this.faults = faults;
    }

    /** Sets whether the session has out-of-band execution enabled. */
    void outOfBand(boolean enabled) {
        outOfBand = enabled;
    }

    /** Has a byte 0xFF written before a reply. */
    void delimit(QmpMessage reply) {
        delimited.add(reply);
    }

    /** {@return whether an error reply is one to input out of band} It can be asked once. */
    boolean takeOutOfBand(QmpMessage refusal) {
        return refusedOutOfBand.remove(refusal);
    }

    /** Returns to the state before the session. */
    void endSession() {
        outOfBand = false;
        refusedOutOfBand.clear();
        delimited.clear();
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
        if (delimited.remove(message)) {
            codec.writeSentinelBefore(message);
        }
        codec.encode(message, out);
    }
}

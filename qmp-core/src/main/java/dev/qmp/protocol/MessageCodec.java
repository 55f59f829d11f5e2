package dev.qmp.protocol;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Converts the bytes of a stream into messages and back. One codec serves one protocol object, over all its sessions.
 *
 * @param <M> the protocol's message
 */
public interface MessageCodec<M> {

    /** {@return a scanner for the bytes of one session} */
    FrameScanner newScanner();

    /**
     * Decodes one whole frame, as the scanner found it.
     *
     * @param frame the frame, from position to limit; valid during the call only
     * @throws dev.qmp.error.ProtocolException if the frame is not a message; it ends the session
     */
    @BottomHalf
    M decode(ByteBuffer frame);

    /**
     * Encodes one message, with its end mark.
     *
     * @throws IllegalArgumentException if the message cannot be encoded. It is then not sent, and the session goes on
     */
    @BottomHalf
    void encode(M message, OutputStream out) throws IOException;

    /** {@return the file descriptor that travels with the message's bytes; null for most messages} */
    @BottomHalf
    default @Nullable FileDescriptor attachment(M message) {
        return null;
    }
}

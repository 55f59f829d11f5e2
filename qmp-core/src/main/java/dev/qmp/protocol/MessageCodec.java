package dev.qmp.protocol;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of a stream into messages and back. One codec serves one protocol object, over all its sessions.
 *
 * @param <M> the protocol's message
 */
public interface MessageCodec<M> {

    /** {@return a scanner that finds the messages in one session's bytes} */
    FrameScanner newScanner();

    /**
     * Decodes one whole frame, as the scanner found it.
     *
     * @param frame from position to limit; valid during the call only
     * @throws dev.qmp.error.ProtocolException if it is no message; ends the session
     */
    @BottomHalf
    M decode(ByteBuffer frame);

    /**
     * Encodes one message, with its end mark.
     *
     * @throws IllegalArgumentException if the message cannot be expressed; it is then not sent, and the session goes on
     */
    @BottomHalf
    void encode(M message, OutputStream out) throws IOException;

    /** {@return a file descriptor that is to travel with the message's own bytes; null for none, which is the rule} */
    @BottomHalf
    default @Nullable FileDescriptor attachment(M message) {
        return null;
    }
}

package dev.qmp.protocol;

import java.nio.ByteBuffer;

/**
 * Finds the end of each message in a stream of bytes. It keeps its position, so each byte of a large message that
 * arrives in many pieces is scanned once.
 */
public interface FrameScanner {

    /**
     * Looks for the end of the first message.
     *
     * @param bytes all bytes that are not consumed, from position to limit. They are more than at the last call; after
     *     a frame was found, they begin behind that frame
     * @return the length of the first frame; -1 if its end has not arrived. If {@link #isWithinFrame()} is false then,
     *     the bytes are mere separators: the caller drops them, and the scanner starts anew
     * @throws dev.qmp.error.ProtocolException if no message can begin like this; it ends the session
     */
    @BottomHalf
    int scan(ByteBuffer bytes);

    /**
     * Looks for a last message that the end of the stream completes. Called when the peer has closed its side within a
     * frame, and not after a reset.
     *
     * @param bytes the beginning of that frame, from position to limit; {@link #scan} has returned -1 for it
     * @return the length of the last frame, which is all these bytes for most protocols; the bytes behind it are
     *     dropped. -1 if the message is incomplete, which ends the session with {@link
     *     dev.qmp.error.ProtocolException.Violation#TRUNCATED}; this is the default
     * @throws dev.qmp.error.ProtocolException if no message can end like this; it ends the session
     */
    @BottomHalf
    default int scanLast(ByteBuffer bytes) {
        return -1;
    }

    /** {@return whether the bytes that were scanned and not consumed are the beginning of a message} */
    @BottomHalf
    boolean isWithinFrame();
}

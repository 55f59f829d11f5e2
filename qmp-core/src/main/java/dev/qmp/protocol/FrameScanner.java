package dev.qmp.protocol;

import java.nio.ByteBuffer;

/**
 * Finds the end of each message in a stream of bytes. It remembers how far it has looked, so that a large message that
 * arrives in many pieces is looked at once.
 */
public interface FrameScanner {

    /**
     * Looks for the end of the first message.
     *
     * @param bytes all bytes not yet consumed, from position to limit; longer than at the last call, or, after a frame
     *     was found, without that frame
     * @return the length of the first frame; -1 if its end has not come yet. If then {@link #isWithinFrame()} is false,
     *     the bytes are mere separators: the caller drops them all and the scanner starts anew
     * @throws dev.qmp.error.ProtocolException if no message can begin like this; ends the session
     */
    @BottomHalf
    int scan(ByteBuffer bytes);

    /**
     * Called when the last answer leads to a failure: the frame cannot be decoded or is longer than allowed, or none
     * was found though there are more bytes than allowed or the stream has ended. A scanner that guesses takes that
     * answer back: the next call of {@link #scan} has the same bytes once more, none of them consumed.
     *
     * @return whether that answer was a guess; if not, as by default, the failure stands
     */
    @BottomHalf
    default boolean retract() {
        return false;
    }

    /** {@return whether the bytes looked at so far, and not consumed, are the beginning of a message} */
    @BottomHalf
    boolean isWithinFrame();
}

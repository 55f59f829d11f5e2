package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.FrameScanner;

/** Port: a scanner that may guess, and can revise its last guess. The transport asks it before a frame is a failure. */
public interface GuessingScanner extends FrameScanner {

    /**
     * Revises the last answer if it was a guess. It is called when that answer leads to a failure: the frame cannot be
     * decoded or is too long, or no frame was found before the limit or the end of the stream. The next call of {@link
     * #scan} then has the same bytes again, none of them consumed.
     *
     * @return whether that answer was a guess; if false, the failure stands
     */
    @BottomHalf
    boolean retract();
}

package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The protocol's side of one session: the engine calls it on the event loop. An exception ends the session with the
 * exception as its cause.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
public interface SessionHandler<M> {

    /** Establishes the session. It is RUNNING when the stage completes, which happens on the event loop. */
    default CompletionStage<?> establish() {
        return CompletableFuture.completedFuture(null);
    }

    /** Bytes have arrived; the messages that they complete follow. */
    default void arrived() {}

    /** {@return the inbound message, or another one in its place} */
    default M inbound(M message) {
        return message;
    }

    /** {@return the outbound message, or another one in its place} Called just before it is written. */
    default M outbound(M message) {
        return message;
    }

    /** Handles a message of the established session. */
    default void message(M message) {}

    /** {@return whether the next queued message may be written now} */
    default boolean maySend(M next) {
        return true;
    }

    /** {@return whether the next urgent message may be written now} While it may not, all queued messages wait. */
    default boolean maySendUrgent(M next) {
        return true;
    }

    /** The system has taken every byte of a message. The message is the one that was queued. */
    default void sent(M message) {}

    /** No byte of a message will be sent. */
    default void unsent(M message, Throwable cause) {}

    /** {@return whether nothing is awaited from the peer, so that a disconnect need not wait} */
    default boolean isQuiet() {
        return true;
    }

    /** {@return the cause of the session's end, when the peer has closed the connection between two messages} */
    default ConnectionLostException endOfStream() {
        return ConnectionLostException.endOfStream();
    }

    /**
     * {@return how the session ended; null if the cause says all} Called once, before the change to IDLE, which carries
     * the outcome.
     *
     * @param left the change that left RUNNING, without a cause if this side asked for the end
     * @param cause the first failure of the session or its tear-down; null if there was none
     */
    default @Nullable SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        return null;
    }
}

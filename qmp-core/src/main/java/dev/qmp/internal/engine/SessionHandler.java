package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The protocol's side of one session. The engine calls it on the event loop. An exception ends the session with that
 * cause.
 *
 * @param <M> the protocol's message
 */
@BottomHalf
public interface SessionHandler<M> {

    /** Establishes the session. It is {@code RUNNING} when the stage completes, which happens on the event loop. */
    default CompletionStage<?> establish() {
        return CompletableFuture.completedFuture(null);
    }

    /** Called when the session is established, just before the runstate is {@code RUNNING}. */
    default void established() {}

    /**
     * Called when bytes have arrived, before the messages that they complete. If it throws, the session ends.
     *
     * @param count the number of bytes of messages; 0 for bytes of a TLS record
     */
    default void arrived(int count) {}

    /** {@return the inbound message, or another one that replaces it} */
    default M inbound(M message) {
        return message;
    }

    /** {@return the outbound message, or another one that replaces it} Called just before it is written. */
    default M outbound(M message) {
        return message;
    }

    /** Handles a message of the established session. */
    default void message(M message) {}

    /** {@return whether the next queued message may be written now} */
    default boolean maySend(M next) {
        return true;
    }

    /** {@return whether the next urgent message may be written now} Otherwise all queued messages wait. */
    default boolean maySendUrgent(M next) {
        return true;
    }

    /** Called with the queued message when the system has taken all its bytes. */
    default void sent(M message) {}

    /** Called if no byte of the message will be sent. */
    default void unsent(M message, Throwable cause) {}

    /**
     * Takes in the message that another thread has written or is writing, if there is one that the handler does not
     * know yet. Called before the loop writes, before a disconnect asks {@link #isQuiet()}, and when a thread has left
     * the lane; also after the session's end.
     */
    default void takeInDirect() {}

    /** {@return whether no reply is due, so that a disconnect need not wait} */
    default boolean isQuiet() {
        return true;
    }

    /** {@return the cause to report if the peer closes the connection between two messages} */
    default ConnectionLostException endOfStream() {
        return ConnectionLostException.endOfStream();
    }

    /**
     * {@return how the session ended; null if the cause describes it completely} Called once, before the change to
     * {@code IDLE}, which carries the outcome.
     *
     * @param left the change that left {@code RUNNING}, without a cause if this side requested the end
     * @param cause the first failure of the session or of its end; null if there was none
     */
    default @Nullable SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause) {
        return null;
    }
}

package dev.qmp.internal.engine;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a protocol contributes; see the methods of {@link dev.qmp.protocol.AsyncProtocol} behind each.
 *
 * @param <M> the protocol's message
 */
public interface Hooks<M> {

    /** Establishes the session. */
    CompletionStage<?> establishSession();

    /** Is told that bytes have arrived. */
    void arrived();

    /** Filters an inbound message. */
    M inbound(M message);

    /** Filters an outbound message. */
    M outbound(M message);

    /** Handles an inbound message. */
    void message(M message);

    /** Tells whether the next queued message may be written. */
    boolean maySend(M next);

    /** Tells whether the next urgent message may be written. */
    boolean maySendUrgent(M next);

    /** Is told of a message that was sent. */
    void sent(M message);

    /** Is told of a message that will not be sent. */
    void unsent(M message, Throwable cause);

    /** Tells whether nothing is awaited from the peer. */
    boolean isQuiet();

    /** Tells how to report that the peer closed the session. */
    ConnectionLostException endOfStream();

    /** Describes how the session ended. */
    @Nullable
    SessionOutcome outcome(RunstateChange left, @Nullable Throwable cause);

    /** Is told of every change of the runstate. */
    void runstateChanged(RunstateChange change);
}

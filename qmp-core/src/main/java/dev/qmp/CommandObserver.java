package dev.qmp;

import dev.qmp.message.QmpCommand;
import org.jspecify.annotations.Nullable;

/** Observes each command of a client from its issue to its outcome, for metrics and traces. It must be quick. */
@FunctionalInterface
public interface CommandObserver {

    /** Observes nothing. */
    CommandObserver NONE = (client, command) -> failure -> {};

    /**
     * Called when a command is issued, on the issuing thread.
     *
     * @return the observer of this command's outcome, which is called once
     */
    Observed commandIssued(QmpClient client, QmpCommand command);

    /** One command under observation. */
    @FunctionalInterface
    interface Observed {

        /**
         * Receives the outcome of the command, when the reply arrives or the command fails. Callbacks of events that
         * delay the reply ({@link dev.qmp.event.ListenerOptions#withDelayedReplies()}) run later and do not count.
         * Called on an event loop, or on the thread on which the command fails, before its future completes; or right
         * after the holder of the future has completed it.
         *
         * @param failure null if the command succeeded; a {@link dev.qmp.error.RejectedException} if the machine
         *     rejected it, raw commands included ({@link QmpClient#executeRaw}); a {@link
         *     java.util.concurrent.CancellationException} if its future was cancelled, has timed out or was completed
         *     by its holder
         */
        void commandCompleted(@Nullable Throwable failure);
    }
}

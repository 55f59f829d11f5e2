package dev.qmp;

import dev.qmp.message.QmpCommand;
import org.jspecify.annotations.Nullable;

/** Follows every command of a client from its issue to its outcome, for metrics and traces. Must be quick. */
@FunctionalInterface
public interface CommandObserver {

    /** Observes nothing. */
    CommandObserver NONE = (client, command) -> failure -> {};

    /**
     * A command is being issued; called on the issuing thread.
     *
     * @return is told of the outcome, once
     */
    Observed commandIssued(QmpClient client, QmpCommand command);

    /** One command under observation. */
    @FunctionalInterface
    interface Observed {

        /**
         * The command has its outcome, and the callbacks for the events before its reply have run, which may take up to 500
         * ms. Called on an event loop, or wherever the command failed, before its future completes; or right after its holder
         * has completed it.
         *
         * @param failure null if the command succeeded; a {@link java.util.concurrent.CancellationException} if its future was
         *     cancelled, has timed out or was completed by its holder
         */
        void commandCompleted(@Nullable Throwable failure);
    }
}

package dev.qmp;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.Text;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.SessionOutcome;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why and when a client's session ended. {@link QmpClientStatus#lastEnd()} keeps it until the next session. The change
 * to {@link dev.qmp.protocol.Runstate#IDLE} carries it too, see {@link #of}. So a late listener does not get the end of
 * a later session.
 *
 * @param kind which side ended the session, and how
 * @param at when the session left {@link dev.qmp.protocol.Runstate#RUNNING}
 * @param shutdownReason the reason in the machine's event {@code SHUTDOWN}, for instance {@code guest-shutdown}, {@code
 *     host-qmp-quit} or {@code guest-panic}; {@code watchdog} if the machine's watchdog ended QEMU; null if the session
 *     had neither, or if a later {@code RESUME} or {@code RESET} has voided the event
 * @param cause the failure that ended the session; null if {@link QmpClient#disconnect()} ended it without a failure
 */
public record SessionEnd(Kind kind, Instant at, @Nullable String shutdownReason, @Nullable Throwable cause)
        implements SessionOutcome {

    /** The maximum length of a failure's text in {@link #description()}. */
    private static final int MAX_TEXT = 1000;

    /** Refuses missing components. */
    public SessionEnd {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(at, "at");
    }

    /** Which side ended a session, and how. */
    public enum Kind {
        /** The application called {@link QmpClient#disconnect()} or {@link QmpClient#close()}. */
        DISCONNECTED,
        /** The guest powered off, or rebooted while QEMU runs with {@code -no-reboot}. */
        SHUT_DOWN_BY_GUEST,
        /**
         * A command of QMP or HMP, from any client, ended the machine: {@code quit}, or {@code system_reset} while QEMU
         * runs with {@code -no-reboot}.
         */
        SHUT_DOWN_BY_COMMAND,
        /** A signal to the QEMU process, or its window, ended the machine. */
        SHUT_DOWN_BY_HOST,
        /**
         * The machine ended without an orderly shutdown. Either QEMU reported it ({@code guest-panic}, {@code
         * host-error}, {@code watchdog}). Or the session ended without a {@code SHUTDOWN}, and the next attempt found a
         * Unix socket that refuses connections. QEMU removes the socket when it exits, but not when it is killed.
         */
        CRASHED,
        /**
         * The connection broke, stalled or violated the protocol. The machine may still run. A crash of a machine
         * behind TCP, or on another host, cannot be distinguished from this. The kind becomes {@link #CRASHED} if the
         * next attempt proves a crash.
         */
        CONNECTION_LOST;

        /** {@return whether the machine ended in good order, by request of its guest, a client or its host} */
        public boolean isShutdown() {
            return this == SHUT_DOWN_BY_GUEST || this == SHUT_DOWN_BY_COMMAND || this == SHUT_DOWN_BY_HOST;
        }
    }

    /** {@return the end of the session that a change of a client's runstate completes; null for every other change} */
    public static @Nullable SessionEnd of(RunstateChange change) {
        Objects.requireNonNull(change, "change");
        return change.outcome() instanceof SessionEnd end ? end : null;
    }

    /** {@return whether the application requested the end, or the machine was shut down} */
    @Override
    public boolean isOrderly() {
        return kind == Kind.DISCONNECTED || kind.isShutdown();
    }

    /** {@return kind and reason, and the failure's text if it adds something} */
    @Override
    public String description() {
        String text = kind + (shutdownReason == null ? "" : " (" + shutdownReason + ")");
        Throwable failure = kind.isShutdown() ? null : cause;
        return failure == null ? text : text + ", " + Text.printable(describe(failure), MAX_TEXT);
    }

    private static String describe(Throwable failure) {
        String message = failure.getMessage();
        String type = failure.getClass().getSimpleName();
        return message == null ? type : failure instanceof ConnectionLostException ? message : type + ": " + message;
    }
}

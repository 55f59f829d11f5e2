package dev.qmp.internal.engine;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.error.QmpException;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** One attempt at a session, from CONNECTING to RUNNING or back to IDLE: how far it is, and whom to tell. */
@BottomHalf
final class Attempt {

    private final CompletableFuture<?> promise;
    private ConnectPhase phase = ConnectPhase.TRANSPORT;
    private String hint = "the peer cannot be reached";
    private Cancellable deadline = Cancellable.NOTHING;
    private Cancellable work = Cancellable.NOTHING;

    Attempt(CompletableFuture<?> promise) {
        this.promise = promise;
    }

    CompletableFuture<?> promise() {
        return promise;
    }

    void enter(ConnectPhase phase, String hint) {
        this.phase = phase;
        this.hint = hint;
    }

    /** Replaces the deadline; a new step has a new one. */
    void deadline(Cancellable deadline) {
        this.deadline.cancel();
        this.deadline = deadline;
    }

    /** Remembers what is going on outside, to be taken back if the attempt ends. */
    void work(Cancellable work) {
        this.work = work;
    }

    void end() {
        deadline.cancel();
        work.cancel();
    }

    QmpConnectException timedOut(Duration timeout) {
        return new QmpConnectException(
                phase, true, prefix() + "nothing within " + timeout.toMillis() + " ms; " + hint, null);
    }

    QmpConnectException disconnected() {
        return new QmpConnectException(phase, false, prefix() + "disconnected meanwhile", null);
    }

    /** Puts a failure into words. */
    QmpConnectException failed(Throwable cause) {
        if (cause instanceof QmpConnectException already) {
            return already;
        }
        String text = Causes.text(cause);
        String what = cause instanceof QmpException && !isForeign(cause) ? text + "; " + hint : text;
        return new QmpConnectException(phase, true, prefix() + what, cause);
    }

    /**
     * {@return whether the peer speaks another protocol, so that the hint at the phase does not fit} A peer that has greeted
     * speaks ours. After the greeting, a broken or long message may be for the client before.
     */
    private boolean isForeign(Throwable cause) {
        if (!(cause instanceof ProtocolException broken) || broken.violation() == Violation.TRUNCATED) {
            return false;
        }
        return switch (phase) {
            case NEGOTIATION, IDENTITY ->
                broken.violation() != Violation.BAD_MESSAGE && broken.violation() != Violation.LIMIT;
            default -> true;
        };
    }

    private String prefix() {
        return switch (phase) {
            case TRANSPORT -> "cannot connect: ";
            case TLS -> "no TLS session: ";
            case GREETING -> "no greeting: ";
            case NEGOTIATION -> "negotiation failed: ";
            case IDENTITY -> "identity not established: ";
        };
    }
}

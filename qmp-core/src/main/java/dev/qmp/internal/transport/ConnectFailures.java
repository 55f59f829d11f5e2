package dev.qmp.internal.transport;

import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Locale;

/** Names what keeps a peer from being reached, and judges whether another try may help. */
final class ConnectFailures {

    private static final String OUT_OF_DESCRIPTORS =
            "too many open files: raise the limit of this process (ulimit -n), or have it close what it does not need";

    private ConnectFailures() {}

    /** Why an endpoint cannot be dialled. */
    static QmpConnectException transport(String endpoint, Throwable cause) {
        if (cause instanceof QmpConnectException already) {
            return already;
        }
        Throwable systems = systemsWord(cause);
        return systems == cause ? named(endpoint, cause) : transport(endpoint, systems);
    }

    /** {@return what the system said, which may be wrapped by those who pass it on; or else the failure itself} */
    private static Throwable systemsWord(Throwable failure) {
        Throwable current = failure;
        while (current != null && !(current instanceof IOException)) {
            current = current.getCause();
        }
        return current == null ? failure : current;
    }

    private static QmpConnectException named(String endpoint, Throwable cause) {
        String text = cause.getMessage() == null ? "" : cause.getMessage().toLowerCase(Locale.ROOT);
        if (text.contains("too many open files")) {
            return failure(endpoint, true, OUT_OF_DESCRIPTORS, cause);
        }
        if (cause instanceof UnknownHostException) {
            return failure(endpoint, true, "unknown host", cause);
        }
        if (text.contains("no such file")) {
            return failure(endpoint, true, "no such file: the machine is not running, or listens elsewhere", cause);
        }
        if (text.contains("permission denied")) {
            return failure(endpoint, false, "permission denied: write permission on the socket is needed", cause);
        }
        if (text.contains("temporarily unavailable")) {
            return failure(endpoint, true, "the monitor is busy: too many clients are waiting for it", cause);
        }
        if (text.contains("refused")) {
            return failure(endpoint, true, "connection refused: nothing is listening there", cause);
        }
        return failure(endpoint, true, text.isEmpty() ? cause.getClass().getSimpleName() : text, cause);
    }

    /** Why an endpoint cannot be listened on. */
    static QmpConnectException listening(String endpoint, Throwable cause) {
        if (cause instanceof QmpConnectException already) {
            return already;
        }
        String text = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        String what = cause instanceof UnknownHostException ? "unknown host" : text;
        boolean denied = text.toLowerCase(Locale.ROOT).contains("permission denied");
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, !denied, "cannot listen on " + endpoint + ": " + what, cause);
    }

    private static QmpConnectException failure(String endpoint, boolean retryable, String what, Throwable cause) {
        return new QmpConnectException(
                ConnectPhase.TRANSPORT, retryable, "cannot connect to " + endpoint + ": " + what, cause);
    }
}

package dev.qmp.internal.client;

import dev.qmp.SessionEnd;
import dev.qmp.SessionEnd.Kind;
import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The machine's announcement, in this session, that it ends, and the reason. */
@BottomHalf
final class ShutdownNotice {

    static final String SHUTDOWN = "SHUTDOWN";

    /** The reasons of QAPI's {@code ShutdownCause}, and later ones. Other text of the server is not quoted. */
    private static final Pattern REASON = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    private @Nullable Kind kind;
    private @Nullable String reason;

    /**
     * Reads an event of the machine. A machine with {@code -no-shutdown} stays after its {@code SHUTDOWN} and may run
     * again, so {@code RESUME} and {@code RESET} withdraw the announcement.
     */
    void see(QmpEvent event) {
        switch (event.name()) {
            case SHUTDOWN -> {
                reason = reason(event.data());
                kind = kind(reason, event.data().path("guest").asBoolean(false));
            }
            case "WATCHDOG" -> {
                // QEMU exits at once then, without a SHUTDOWN
                if (event.data().path("action").asString("").equals("poweroff")) {
                    reason = "watchdog";
                    kind = Kind.CRASHED;
                }
            }
            case "RESUME", "RESET" -> withdraw();
            default -> {}
        }
    }

    private void withdraw() {
        kind = null;
        reason = null;
    }

    private static @Nullable String reason(JsonNode data) {
        String text = data.path("reason").asString("");
        return REASON.matcher(text).matches() ? text : null;
    }

    /**
     * {@return the kind of end} QEMU before 4.0 has no reason, and QEMU after 11 may have another one. Then the flag
     * {@code guest} decides.
     */
    private static Kind kind(@Nullable String reason, boolean byGuest) {
        return switch (reason == null ? "" : reason) {
            case "guest-panic", "host-error" -> Kind.CRASHED;
            case "guest-shutdown", "guest-reset", "subsystem-reset" -> Kind.SHUT_DOWN_BY_GUEST;
            case "host-qmp-quit", "host-qmp-system-reset", "snapshot-load" -> Kind.SHUT_DOWN_BY_COMMAND;
            default -> byGuest ? Kind.SHUT_DOWN_BY_GUEST : Kind.SHUT_DOWN_BY_HOST;
        };
    }

    /**
     * {@return the end of the session, as far as it is known now}
     *
     * @param left the change that left {@code RUNNING}, without a cause if this side requested the end
     * @param cause the first failure
     */
    SessionEnd endOf(RunstateChange left, @Nullable Throwable cause) {
        return new SessionEnd(kindOf(left.cause()), left.at(), reason, cause);
    }

    private Kind kindOf(@Nullable Throwable cause) {
        if (cause == null) {
            return Kind.DISCONNECTED;
        }
        Kind announced = kind;
        return announced != null && isEndOfStream(cause) ? announced : Kind.CONNECTION_LOST;
    }

    /** {@return whether the server has closed the connection, possibly within a message} */
    private static boolean isEndOfStream(Throwable cause) {
        return cause instanceof ConnectionLostException
                || (cause instanceof ProtocolException broken && broken.violation() == Violation.TRUNCATED);
    }

    ConnectionLostException endOfStream() {
        Kind announced = kind;
        String because = reason;
        if (announced == null) {
            return ConnectionLostException.endOfStream();
        }
        if (because == null) {
            return ConnectionLostException.expectedEndOfStream();
        }
        return announced.isShutdown()
                ? ConnectionLostException.expectedEndOfStream(because)
                : ConnectionLostException.crashed(because);
    }
}

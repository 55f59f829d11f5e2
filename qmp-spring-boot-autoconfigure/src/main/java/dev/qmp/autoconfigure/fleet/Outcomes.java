package dev.qmp.autoconfigure.fleet;

import dev.qmp.error.CommandRefusedException;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The outcome of a command as text between two instances. What is known of the execution stays the same: not sent,
 * rejected, unknown, or done. Whatever cannot be read is unknown.
 */
final class Outcomes {

    private Outcomes() {}

    /** {@return what became of a command} */
    static ObjectNode write(String command, @Nullable JsonNode value, @Nullable Throwable failure) {
        ObjectNode outcome = FleetJson.object();
        if (failure == null) {
            outcome.put("outcome", "returned").set("value", value);
        } else if (failure instanceof RejectedException rejected) {
            outcome.put("outcome", "rejected")
                    .put("class", rejected.errorClass())
                    .put("desc", rejected.description());
        } else if (failure instanceof NotSentException unsent) {
            outcome.put("outcome", "not-sent").put("reason", unsent.reason().name());
            outcome.put("detail", detail(command, "was not sent: ", unsent));
        } else if (failure instanceof OutcomeUnknownException unknown) {
            outcome.put("outcome", "unknown").put("reason", unknown.reason().name());
            outcome.put("detail", detail(command, "has an unknown outcome: ", unknown));
        } else {
            outcome.put("outcome", "unknown")
                    .put("reason", OutcomeUnknownException.Reason.DISCONNECTED.name())
                    .put("detail", failure.getClass().getSimpleName());
        }
        return outcome;
    }

    private static String detail(String command, String verb, Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        String prefix = command + " " + verb;
        return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
    }

    /**
     * {@return why a command failed; null if it has succeeded}
     *
     * @param timeout the command's deadline
     * @param where the owner, for a person
     */
    static @Nullable RuntimeException read(String command, ObjectNode outcome, Duration timeout, String where) {
        String detail = Text.printableSentence(outcome.path("detail").asString("no reason is known")) + ", on " + where;
        switch (outcome.path("outcome").asString("")) {
            case "returned" -> {
                return outcome.has("value") ? null : unreadable(command, where);
            }
            case "rejected" -> {
                return new RejectedException(
                        command,
                        outcome.path("class").asString(""),
                        outcome.path("desc").asString(""));
            }
            case "not-sent" -> {
                return notSent(command, outcome.path("reason").asString(""), detail);
            }
            case "unknown" -> {
                return outcome.path("reason").asString("").equals(OutcomeUnknownException.Reason.TIMED_OUT.name())
                        ? new CommandTimeoutException(command, timeout)
                        : new OutcomeUnknownException(
                                command, OutcomeUnknownException.Reason.DISCONNECTED, detail, null);
            }
            default -> {
                return unreadable(command, where);
            }
        }
    }

    private static NotSentException notSent(String command, String name, String detail) {
        NotSentException.Reason reason = NotSentException.Reason.NOT_CONNECTED;
        for (NotSentException.Reason known : NotSentException.Reason.values()) {
            if (known.name().equals(name)) {
                reason = known;
            }
        }
        return reason == NotSentException.Reason.REFUSED
                ? CommandRefusedException.because(command, detail)
                : new NotSentException(command, reason, detail, null);
    }

    private static OutcomeUnknownException unreadable(String command, String where) {
        return new OutcomeUnknownException(
                command,
                OutcomeUnknownException.Reason.DISCONNECTED,
                "the answer of " + where + " cannot be read",
                null);
    }
}

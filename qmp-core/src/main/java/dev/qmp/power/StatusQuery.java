package dev.qmp.power;

import dev.qmp.QmpClient;
import dev.qmp.error.MappingException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.QapiReader;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.qapi.type.RunState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** One query of a guest's status. It is compared by identity. */
final class StatusQuery {

    /** Reads no other member, so that a server for tests needs none. */
    private static final TypedCommand<RunState> COMMAND = TypedCommand.of(
            QueryStatus.command().toCommand(), result -> new QapiReader(result).get("status", RunState::decode));

    private final long begunAt = System.nanoTime();

    CompletableFuture<RunState> execute(QmpClient vm) {
        return vm.execute(COMMAND);
    }

    /** {@return the time since it began} */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - begunAt);
    }

    /** {@return whether each further query would fail alike: by the policy, or on a machine without the command} */
    static boolean isFutile(Throwable failure) {
        return failure instanceof NotSentException unsent
                ? unsent.reason() == NotSentException.Reason.REFUSED
                        || unsent.reason() == NotSentException.Reason.INVALID
                : failure instanceof RejectedException rejection
                        && rejection.errorClass().equals("CommandNotFound");
    }

    /**
     * {@return whether the machine owes no reply after a failure} A rejection is a reply, and so is one that cannot be
     * read. A futile query that was not sent has no reply. After a deadline, the reply is outstanding.
     */
    static boolean endsSilence(Throwable failure) {
        return failure instanceof RejectedException || failure instanceof MappingException || isFutile(failure);
    }
}

package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OverloadException;
import dev.qmp.event.EventAwait;
import dev.qmp.event.EventFilter;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.json.SendableJson;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.UpperHalf;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Where commands come in: what cannot be sent, or must not, is refused here, before it has touched anything. */
@UpperHalf
final class CommandIssuer {

    private final QmpClient client;
    private final QmpClientOptions options;
    private final QmpProtocol protocol;
    private final EventRegistry events;
    private final CommandObserver observer;
    private final PolicyGuard policy;
    private final CommandChecks checks;
    private final BooleanSupplier closed;
    private final Consumer<PendingCommand<?>> onAbandoned;
    private final CommandLog log;

    /**
     * A command that is about to be submitted.
     *
     * @param refusal why it cannot be sent, null if it can
     */
    private record Checked<T>(PendingCommand<T> pending, @Nullable NotSentException refusal) {}

    CommandIssuer(
            QmpClient client,
            QmpClientOptions options,
            QmpProtocol protocol,
            EventRegistry events,
            BooleanSupplier closed) {
        this.client = client;
        this.options = options;
        this.protocol = protocol;
        this.events = events;
        this.observer =
                CommandObservers.of(options.commandObservers(), ConnectionLogger.of(QmpClient.class, client.name()));
        this.policy = new PolicyGuard(options.commandPolicy(), client.name());
        this.checks = new CommandChecks(options.commandCheck(), client.name(), protocol.opening());
        this.closed = closed;
        this.onAbandoned = protocol::abandoned;
        this.log = new CommandLog(client.name());
    }

    /**
     * Issues a command.
     *
     * @param reader makes the outcome of the reply
     * @param wantsErrors whether an error of the server is a reply like another
     * @param completion where the outcome is completed
     */
    <T> PendingCommand<T> issue(
            QmpCommand command, Function<QmpReply, T> reader, boolean wantsErrors, Executor completion) {
        Checked<T> checked = check(command, reader, wantsErrors, completion);
        submit(checked);
        return checked.pending;
    }

    /** Issues a command that an event completes: listens before it sends. */
    CommandWithEvent issueWithEvent(QmpCommand command, EventAwait await, Executor completion) {
        Checked<JsonNode> checked = check(command, Replies::result, false, completion);
        CommandWithEvent waiting = new CommandWithEvent(protocol, completion, command, checked.pending, await);
        waiting.await(events.next(EventFilter.all().where(waiting::endsWait), completion));
        submit(checked);
        return waiting;
    }

    private <T> Checked<T> check(
            QmpCommand command, Function<QmpReply, T> reader, boolean wantsErrors, Executor completion) {
        CommandObserver.Observed observed = observer.commandIssued(client, command);
        long size = 0;
        NotSentException refusal = null;
        try {
            size = SendableJson.check(command, options.protocol().maxOutboundSize());
            refuseLooseDescriptor(command);
            refusal = refusal(command);
        } catch (IllegalArgumentException e) {
            refusal = new NotSentException(
                    command.name(), NotSentException.Reason.UNSENDABLE, String.valueOf(e.getMessage()), e);
        }
        PendingCommand<T> pending =
                new PendingCommand<>(command, size, reader, wantsErrors, completion, observed, onAbandoned, log);
        return new Checked<>(pending, refusal);
    }

    private void submit(Checked<?> checked) {
        if (checked.refusal != null) {
            NotSentException refusal = checked.refusal;
            protocol.completeLater(() -> checked.pending.fail(refusal));
        } else {
            protocol.submit(checked.pending);
        }
    }

    /** QEMU keeps only the last descriptor that came, so each has to wait for the reply to the one before. */
    private static void refuseLooseDescriptor(QmpCommand command) {
        if (command.fileDescriptor() != null && (command.isOutOfBand() || command.isWithoutReply())) {
            throw new IllegalArgumentException(
                    "a file descriptor needs a command in band and with a reply, or it could come to another command");
        }
    }

    /** {@return the commands that the policy has refused} */
    long refused() {
        return policy.refused();
    }

    private @Nullable NotSentException refusal(QmpCommand command) {
        NotSentException refused = policy.refusal(command);
        if (refused != null) {
            return refused;
        }
        if (closed.getAsBoolean() || protocol.runstate() != Runstate.RUNNING) {
            return protocol.notConnected(command.name());
        }
        NotSentException invalid = checks.refusal(command);
        if (invalid != null) {
            return invalid;
        }
        return protocol.table().admit() ? null : new OverloadException(command.name(), options.queueCapacity());
    }
}

package dev.qmp.internal.client;

import dev.qmp.CommandCheck;
import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.QmpClientOptions;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OverloadException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Operation;
import dev.qmp.internal.engine.CallbackExecutor;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.internal.json.SendableJson;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.UpperHalf;
import dev.qmp.schema.QmpSchema;
import dev.qmp.task.Progress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Issues commands. A command that cannot or must not be sent is refused here, before it has any effect. */
@UpperHalf
final class CommandIssuer {

    private final QmpClient client;
    private final QmpClientOptions options;
    private final ClientLifeCycle lifeCycle;
    private final EventRegistry events;
    private final CommandObserver observer;
    /** Null if the policy permits every command. */
    private final @Nullable PolicyGuard policy;
    /** Null if commands are not checked. */
    private final @Nullable CommandChecks checks;

    private final CommandLog log;

    /** Where the outcome of a command completes. */
    enum CompletedOn {
        /** For application code. The completions of a session share threads. */
        CALLBACK_EXECUTOR,
        /**
         * For a result of several callers whose conversion takes milliseconds. One of them may occupy the only thread
         * of the callback executor.
         */
        SHARED_EXECUTOR,
        /** For a waiting caller, whose thread is woken there. */
        LOOP
    }

    CommandIssuer(
            QmpClient client,
            QmpClientOptions options,
            ClientLifeCycle lifeCycle,
            EventRegistry events,
            FailureLog failures) {
        this.client = client;
        this.options = options;
        this.lifeCycle = lifeCycle;
        this.events = events;
        this.observer = CommandObservers.of(options.commandObservers(), failures);
        this.policy = options.commandPolicy().isUnrestricted()
                ? null
                : new PolicyGuard(options.commandPolicy(), client.name());
        this.checks = options.commandCheck() == CommandCheck.OFF
                ? null
                : new CommandChecks(options.commandCheck(), client.name(), lifeCycle.record());
        this.log = new CommandLog(client.name());
    }

    /**
     * Issues a command.
     *
     * @param reader converts the reply into the result
     */
    <T> PendingCommand<T> issue(QmpCommand command, ReplyReader<T> reader, CompletedOn place) {
        PendingCommand<T> pending = check(command, reader, place);
        submit(pending);
        return pending;
    }

    /** Issues a command that an event completes. It listens before it sends. */
    CommandWithEvent issue(Operation operation, Consumer<Progress> progress, CompletedOn place) {
        QmpCommand command = operation.command();
        Duration own = command.timeout();
        if (own == null || own.compareTo(operation.limit()) > 0) {
            command = command.withTimeout(operation.limit());
        }
        PendingCommand<JsonNode> pending = check(command, ReplyReader::result, place);
        CompletableFuture<QmpEvent> event = null;
        CommandWithEvent waiting;
        try {
            waiting = new CommandWithEvent(lifeCycle.engine().loop(), command, pending, operation, progress);
            event = events.next(EventFilter.all().where(waiting::judge), pending.completion());
            waiting.await(event);
        } catch (Throwable e) { // such as OutOfMemoryError: nothing else would end the command
            if (event != null) {
                event.cancel(false);
            }
            pending.fail(e);
            throw e;
        }
        submit(pending);
        return waiting;
    }

    /** Queries the machine's schema, at most once in a session. */
    CompletableFuture<QmpSchema> schema() {
        QmpSession session = lifeCycle.runningSession();
        MachineSchema schema = session == null ? new MachineSchema() : session.schema();
        return schema.get(query -> issue(query, ReplyReader::schema, CompletedOn.SHARED_EXECUTOR));
    }

    /** {@return the command, which is to be submitted: admitted by its session, or refused} */
    private <T> PendingCommand<T> check(QmpCommand command, ReplyReader<T> reader, CompletedOn place) {
        CommandObserver.Observed observed = observer.commandIssued(client, command);
        QmpSession session = lifeCycle.runningSession();
        try {
            Executor completion = completion(place, session);
            long size = 0;
            NotSentException refusal;
            try {
                size = SendableJson.check(command, options.protocol().maxOutboundSize());
                refuseLooseDescriptor(command);
                refusal = refuse(command, session);
            } catch (IllegalArgumentException e) {
                refusal = new NotSentException(
                        command.name(), NotSentException.Reason.UNSENDABLE, String.valueOf(e.getMessage()), e);
            }
            QmpSession admitting = refusal == null ? session : null;
            PendingCommand<T> pending =
                    new PendingCommand<>(command, size, reader, completion, observed, admitting, log);
            pending.issuedWithin(events.callingSubscription());
            if (admitting != null && !pending.admit(admitting.table().counts())) {
                refusal = new OverloadException(command.name(), options.queueCapacity());
            }
            if (refusal != null) {
                pending.refuse(refusal);
            }
            return pending;
        } catch (Throwable e) {
            observed.commandCompleted(e);
            throw e;
        }
    }

    private Executor completion(CompletedOn place, @Nullable QmpSession session) {
        return switch (place) {
            case LOOP -> Runnable::run;
            case SHARED_EXECUTOR -> CallbackExecutor.SHARED;
            case CALLBACK_EXECUTOR -> session == null ? lifeCycle.engine().callbacks() : session.completions();
        };
    }

    private void submit(PendingCommand<?> pending) {
        QmpSession admitting = pending.session();
        if (admitting != null && !pending.isRefused()) {
            admitting.intake().submit(pending);
        } else {
            lifeCycle.engine().callBack(Runnable::run, pending::failRefused);
        }
    }

    /**
     * Refuses a file descriptor on a command that cannot wait for the reply to the previous one. QEMU keeps only the
     * last descriptor received.
     */
    private static void refuseLooseDescriptor(QmpCommand command) {
        if (command.fileDescriptor() != null && (command.isOutOfBand() || command.isWithoutReply())) {
            throw new IllegalArgumentException(
                    "a file descriptor needs a command in band and with a reply, or it could come to another command");
        }
    }

    /** {@return the number of commands that the policy has refused} */
    long refused() {
        return policy == null ? 0 : policy.refused();
    }

    /** {@return why a command must not be sent in a session; null if it may be sent} */
    private @Nullable NotSentException refuse(QmpCommand command, @Nullable QmpSession session) {
        NotSentException refused = policy == null ? null : policy.refuseForbidden(command);
        if (refused != null) {
            return refused;
        }
        if (session == null) {
            return CommandFailures.notConnected(command, lifeCycle.noSession());
        }
        return checks == null ? null : checks.refuseInvalid(command, session);
    }
}

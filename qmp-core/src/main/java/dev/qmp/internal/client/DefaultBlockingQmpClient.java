package dev.qmp.internal.client;

import dev.qmp.BlockingQmpClient;
import dev.qmp.QmpClient;
import dev.qmp.error.MappingException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.QmpException;
import dev.qmp.error.ResultException;
import dev.qmp.error.Text;
import dev.qmp.event.Operation;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.schema.QmpSchema;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Waits for the operations of the asynchronous client. Commands complete directly on the event loop, where only the
 * waiting thread is woken. No application code runs there, and a change of threads is saved.
 */
final class DefaultBlockingQmpClient implements BlockingQmpClient {

    private static final Logger LOGGER = LoggerFactory.getLogger(DefaultBlockingQmpClient.class);

    /** The waiting caller's thread reads the reply. */
    private static final ReplyReader<QmpReply> WHOLE_REPLY = reply -> reply;

    /** As {@link #WHOLE_REPLY}, for a caller to whom an error is a result. */
    private static final ReplyReader<QmpReply> WHOLE_REPLY_OR_ERROR = new ReplyReader<>() {

        @Override
        public QmpReply read(QmpReply reply) {
            return reply;
        }

        @Override
        public boolean takesErrors() {
            return true;
        }
    };

    private final QmpClient client;
    private final ClientLifeCycle lifeCycle;
    private final CommandIssuer issuer;

    DefaultBlockingQmpClient(QmpClient client, ClientLifeCycle lifeCycle, CommandIssuer issuer) {
        this.client = client;
        this.lifeCycle = lifeCycle;
        this.issuer = issuer;
    }

    @Override
    public QmpClient async() {
        return client;
    }

    @Override
    public void connect() {
        refuseOnEventLoop();
        await(lifeCycle.waiters().connect());
    }

    @Override
    public void disconnect() {
        refuseOnEventLoop();
        await(lifeCycle.disconnect(Runnable::run));
    }

    @Override
    public boolean awaitRunning(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        refuseOnEventLoop();
        if (client.runstate() == Runstate.RUNNING) {
            return true;
        }
        CompletableFuture<Void> running = lifeCycle.waiters().running();
        try {
            running.get(Math.max(0, TimeUnit.NANOSECONDS.convert(timeout)), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return !running.cancel(false) && !running.isCompletedExceptionally();
        } catch (InterruptedException e) {
            running.cancel(false);
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw rethrowable(e.getCause());
        }
    }

    @Override
    public JsonNode execute(QmpCommand command) {
        Objects.requireNonNull(command, "command");
        return Replies.result(reply(command, WHOLE_REPLY));
    }

    @Override
    public <T> T execute(QmpCommand command, Class<T> resultType) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(resultType, "resultType");
        JsonNode result = execute(command);
        try {
            return QmpJson.fromTree(result, resultType);
        } catch (MappingException e) {
            throw new ResultException(command.name(), e);
        }
    }

    @Override
    public <R extends @Nullable Object> R execute(TypedCommand<R> command) {
        Objects.requireNonNull(command, "command");
        QmpCommand untyped = command.toCommand();
        JsonNode result = execute(untyped);
        try {
            return Replies.read(command, result);
        } catch (MappingException e) {
            throw new ResultException(untyped.name(), e);
        }
    }

    @Override
    public ObjectNode executeRaw(ObjectNode message) {
        Objects.requireNonNull(message, "message");
        QmpCommand command = QmpCommand.fromMessage(message);
        return new Replies.Raw(command.id()).read(reply(command, WHOLE_REPLY_OR_ERROR));
    }

    @Override
    public QmpEvent run(Operation operation) {
        Objects.requireNonNull(operation, "operation");
        refuseOnEventLoop();
        refuseInterrupted(operation.command());
        CommandWithEvent begun = issuer.issue(operation, progress -> {}, Runnable::run);
        return await(begun.result(), begun::interrupted);
    }

    @Override
    public QmpSchema schema() {
        refuseOnEventLoop();
        refuseInterrupted(QmpCommand.of("query-qmp-schema"));
        return await(client.schema());
    }

    private QmpReply reply(QmpCommand command, ReplyReader<QmpReply> reader) {
        refuseOnEventLoop();
        refuseInterrupted(command);
        PendingCommand<QmpReply> pending = issuer.issue(command, reader, Runnable::run);
        try {
            pending.awaitOutcome();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            pending.interrupted(() -> {});
        }
        return settle(pending);
    }

    /** Refuses a command of an interrupted thread, because such a thread could not wait for the outcome. */
    private static void refuseInterrupted(QmpCommand command) {
        if (Thread.currentThread().isInterrupted()) {
            throw new NotSentException(
                    command.name(), NotSentException.Reason.INTERRUPTED, "the caller was interrupted before", null);
        }
    }

    private static <T> T await(CompletableFuture<T> future) {
        return await(future, () -> future.cancel(false));
    }

    private static <T> T await(CompletableFuture<T> future, Runnable giveUp) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw rethrowable(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            giveUp.run();
            return settle(future);
        }
    }

    /**
     * {@return the failure itself, with the caller's stack as a suppressed exception, because it was created on another
     * thread}
     */
    private static RuntimeException rethrowable(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException known) {
            known.addSuppressed(new CallerTrace());
            return known;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return new QmpException("failed", failure);
    }

    /**
     * Waits for the outcome after an interrupt. It does not wait for the machine, only for the event loop's decision.
     */
    private static <T> T settle(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw rethrowable(e.getCause());
        } catch (CancellationException e) {
            throw new QmpException("the caller was interrupted", e);
        }
    }

    /** Waits for the end of a disconnect, whose outcome is only logged. The disconnect has deadlines of its own. */
    void awaitQuietly(CompletableFuture<Void> disconnected, Duration limit) {
        try {
            disconnected.get(TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOGGER.warn("'{}' is not closed after {} ms; going on", Text.printable(client.name()), limit.toMillis());
        } catch (ExecutionException e) {
            LOGGER.debug("'{}' closed after: {}", Text.printable(client.name()), String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void refuseOnEventLoop() {
        if (lifeCycle.engine().loop().isOnAnyLoop()) {
            throw new IllegalStateException(
                    "a blocking call on an event loop would stall connections and never end; use async()");
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.BlockingQmpClient;
import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.QmpException;
import dev.qmp.event.Operation;
import dev.qmp.internal.client.CommandIssuer.CompletedOn;
import dev.qmp.internal.engine.ConnectionLogger;
import dev.qmp.internal.engine.Loop;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Waits for the operations of the asynchronous client. Commands complete directly on the event loop, where only the
 * waiting thread is woken. No application code runs there, and a change of threads is saved.
 */
final class DefaultBlockingQmpClient implements BlockingQmpClient {

    private final QmpClient client;
    private final Loop loop;
    private final ClientLifeCycle lifeCycle;
    private final CommandIssuer issuer;

    DefaultBlockingQmpClient(QmpClient client, Loop loop, ClientLifeCycle lifeCycle, CommandIssuer issuer) {
        this.client = client;
        this.loop = loop;
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
        await(lifeCycle.connect(Runnable::run));
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
        return result(command, ReplyReader::result);
    }

    @Override
    public <T> T execute(QmpCommand command, Class<T> resultType) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(resultType, "resultType");
        return result(command, ReplyReader.resultAs(resultType));
    }

    @Override
    public <R extends @Nullable Object> R execute(TypedCommand<R> command) {
        Objects.requireNonNull(command, "command");
        return result(command.toCommand(), ReplyReader.resultOf(command));
    }

    @Override
    public ObjectNode executeRaw(ObjectNode message) {
        Objects.requireNonNull(message, "message");
        QmpCommand command = QmpCommand.fromMessage(message);
        return result(command, new ReplyReader.Raw(command.id()));
    }

    @Override
    public QmpEvent run(Operation operation) {
        Objects.requireNonNull(operation, "operation");
        refuseOnEventLoop();
        refuseInterrupted(operation.command());
        CommandWithEvent begun = issuer.issue(operation, progress -> {}, CompletedOn.LOOP);
        return await(begun.result(), begun::interrupted);
    }

    @Override
    public QmpSchema schema() {
        refuseOnEventLoop();
        refuseInterrupted(QmpCommand.of("query-qmp-schema"));
        return await(issuer.schema());
    }

    /** Waits for the reply, and reads it in the caller's thread. */
    private <R extends @Nullable Object> R result(QmpCommand command, ReplyReader<R> reader) {
        return ReplyReader.read(command, reader, reply(command, reader.unread()));
    }

    private QmpReply reply(QmpCommand command, ReplyReader<QmpReply> unread) {
        refuseOnEventLoop();
        refuseInterrupted(command);
        PendingCommand<QmpReply> pending = issuer.issue(command, unread, CompletedOn.LOOP);
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
            logger().warn("The client is not closed after {} ms; going on", limit.toMillis());
        } catch (ExecutionException e) {
            logger().debug("The client is closed after: {}", String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Created for each line, because most clients log none. */
    private Logger logger() {
        return ConnectionLogger.of(DefaultBlockingQmpClient.class, client.name());
    }

    private void refuseOnEventLoop() {
        if (loop.isOnAnyLoop()) {
            throw new IllegalStateException(
                    "a blocking call on an event loop would stall connections and never end; use async()");
        }
    }

    /** The stack of a blocking caller, added to a failure that was created on an event loop. */
    private static final class CallerTrace extends Exception {

        private static final long serialVersionUID = 1L;

        CallerTrace() {
            super("called from");
        }
    }
}

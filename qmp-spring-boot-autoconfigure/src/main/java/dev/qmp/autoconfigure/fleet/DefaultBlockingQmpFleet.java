package dev.qmp.autoconfigure.fleet;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.EventLoops;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.spring.BlockingQmpFleet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Waits for the fleet's futures. */
final class DefaultBlockingQmpFleet implements BlockingQmpFleet {

    private final HazelcastFleet fleet;

    DefaultBlockingQmpFleet(HazelcastFleet fleet) {
        this.fleet = fleet;
    }

    @Override
    public JsonNode execute(String connection, QmpCommand command) {
        return execute(connection, TypedCommand.of(command, result -> result));
    }

    @Override
    public <R extends @Nullable Object> R execute(String connection, TypedCommand<R> command) {
        if (EventLoops.isEventLoop(Thread.currentThread())) {
            throw new IllegalStateException(
                    "a blocking call on an event loop would stall connections; use QmpFleet.execute");
        }
        QmpClient local = fleet.localClient(connection);
        if (local != null) {
            return local.blocking().execute(command);
        }
        QmpCommand untyped = command.toCommand();
        if (Thread.currentThread().isInterrupted()) {
            throw new NotSentException(
                    untyped.name(), NotSentException.Reason.INTERRUPTED, "the caller was interrupted before", null);
        }
        return await(untyped, fleet.execute(connection, command));
    }

    private static <T extends @Nullable Object> T await(QmpCommand command, CompletableFuture<T> result) {
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof QmpException failure) {
                throw failure;
            }
            throw new IllegalStateException(Text.printable(command.name()) + " failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            result.cancel(false);
            throw unknown(command);
        } catch (CancellationException e) {
            throw unknown(command);
        }
    }

    private static OutcomeUnknownException unknown(QmpCommand command) {
        return new OutcomeUnknownException(
                command.name(), OutcomeUnknownException.Reason.INTERRUPTED, "the caller was interrupted", null);
    }
}

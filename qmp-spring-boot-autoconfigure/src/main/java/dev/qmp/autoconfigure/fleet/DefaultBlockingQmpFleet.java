package dev.qmp.autoconfigure.fleet;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.QmpException;
import dev.qmp.message.QmpCommand;
import dev.qmp.spring.BlockingQmpFleet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import tools.jackson.databind.JsonNode;

/** Waits for the fleet's futures. */
final class DefaultBlockingQmpFleet implements BlockingQmpFleet {

    private final HazelcastFleet fleet;

    DefaultBlockingQmpFleet(HazelcastFleet fleet) {
        this.fleet = fleet;
    }

    @Override
    public JsonNode execute(String connection, QmpCommand command) {
        return execute(connection, command, JsonNode.class);
    }

    @Override
    public <T> T execute(String connection, QmpCommand command, Class<T> resultType) {
        QmpClient local = fleet.localClient(connection);
        if (local != null) {
            return local.blocking().execute(command, resultType);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new NotSentException(
                    command.name(), NotSentException.Reason.INTERRUPTED, "the caller was interrupted before", null);
        }
        return await(command, fleet.execute(connection, command, resultType));
    }

    private static <T> T await(QmpCommand command, CompletableFuture<T> result) {
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof QmpException failure) {
                throw failure;
            }
            throw new IllegalStateException(command.name() + " failed", e.getCause());
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

package dev.qmp.agent;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.TypedCommand;
import dev.qmp.qapi.agent.command.GuestPing;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One question whether an agent answers. While several commands of the session are unanswered, it sends no ping,
 * because too many of them end the session. It waits until the agent has answered them.
 */
final class Listening {

    /** Less than the limit of a session, so that places remain for other commands. */
    private static final int MAX_UNANSWERED = 4;

    private static final Duration DELAY = Duration.ofMillis(100);

    private final QmpClient client;
    /** What remains of the question's limit. */
    private Duration left;

    Listening(QmpClient client, Duration limit) {
        this.client = client;
        this.left = limit;
    }

    CompletableFuture<Boolean> ask() {
        if (!mustWait()) {
            return client.execute(ping())
                    .handle((nothing, failure) -> failure == null || isAnswer(TaskSource.unwrap(failure)));
        }
        CompletableFuture<Boolean> waited = new CompletableFuture<>();
        Duration step = nextStep();
        Retries.later(client, step, () -> waited.complete(!left.isZero()));
        return waited.thenCompose(again -> again ? ask() : CompletableFuture.completedFuture(false));
    }

    /**
     * Waits until the ping may be sent.
     *
     * @return false if the limit has passed before
     */
    boolean awaitTurn() throws InterruptedException {
        while (mustWait()) {
            TimeUnit.NANOSECONDS.sleep(nextStep().toNanos());
            if (left.isZero()) {
                return false;
            }
        }
        return true;
    }

    TypedCommand<@Nullable Void> ping() {
        return GuestPing.command().withTimeout(left);
    }

    private boolean mustWait() {
        @Nullable QmpClientStatus status = client.status(); // null for a mock
        return status != null && status.abandoned() >= MAX_UNANSWERED;
    }

    /** {@return how long to wait now} It is subtracted from the limit. */
    private Duration nextStep() {
        Duration step = left.compareTo(DELAY) < 0 ? left : DELAY;
        left = left.minus(step);
        return step;
    }

    /**
     * {@return whether a failed ping is an agent's answer}
     *
     * @throws RuntimeException the failure, if it states nothing about the agent, such as a refusal by the policy
     */
    static boolean isAnswer(Throwable failure) {
        if (failure instanceof RejectedException) {
            return true;
        }
        if (TaskSource.maySucceedLater(failure)) {
            return false;
        }
        throw failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
    }
}

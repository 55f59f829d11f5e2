package dev.qmp.agent;

import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.qapi.agent.command.GuestFsfreezeFreeze;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One freeze, the work during it, and the thaw. The thaw always follows a freeze that may have been executed: after the
 * work or its failure, when the caller ends the result, and after a freeze without a reply.
 *
 * @param <R> the result of the work
 */
final class Freeze<R> {

    private final GuestAgent agent;
    private final Supplier<? extends CompletionStage<R>> work;
    private final CompletableFuture<R> result = new CompletableFuture<>();
    private final AtomicBoolean thawing = new AtomicBoolean();

    Freeze(GuestAgent agent, Supplier<? extends CompletionStage<R>> work) {
        this.agent = agent;
        this.work = work;
    }

    static GuestFsfreezeFreeze command(Duration limit) {
        return GuestFsfreezeFreeze.command().withTimeout(limit);
    }

    /**
     * {@return whether a failed freeze has frozen nothing} If an agent fails half-way, it thaws the file systems
     * itself.
     */
    static boolean isNotFrozen(Throwable failure) {
        return failure instanceof NotSentException || failure instanceof RejectedException;
    }

    CompletableFuture<R> start(Duration limit) {
        agent.execute(command(limit)).whenComplete((count, failure) -> {
            if (failure == null) {
                frozen(count);
                return;
            }
            Throwable cause = TaskSource.unwrap(failure);
            if (isNotFrozen(cause)) {
                result.completeExceptionally(cause);
            } else {
                thaw(null, null, cause);
            }
        });
        return result;
    }

    private void frozen(long count) {
        result.whenComplete((ignored, ended) -> thaw(count, null, null)); // the caller may end it
        if (result.isDone()) {
            return;
        }
        try {
            work.get().whenComplete((value, failure) -> thaw(count, value, failure));
        } catch (Throwable e) {
            thaw(count, null, e);
        }
    }

    private void thaw(@Nullable Long count, @Nullable R value, @Nullable Throwable failure) {
        if (!thawing.compareAndSet(false, true)) {
            return;
        }
        Task<Long> thaw = Thaw.start(agent, count);
        thaw.result().whenComplete((thawed, notThawed) -> {
            if (failure != null) {
                Throwable cause = TaskSource.unwrap(failure);
                if (notThawed != null) {
                    cause.addSuppressed(notThawed);
                }
                result.completeExceptionally(cause);
            } else if (notThawed != null) {
                result.completeExceptionally(notThawed);
            } else {
                result.complete(value);
            }
        });
    }
}

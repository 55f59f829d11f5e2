package dev.qmp.task;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Work that runs on a machine, from the request until its outcome is known.
 *
 * <p>A task has one outcome. {@link #result()} completes with it, and {@link #await} returns or throws it. Failures are
 * types of {@link dev.qmp.error.QmpException}: those of this package, and {@link dev.qmp.error.CommandException} if a
 * command of the task failed. The description of each task states which ones.
 *
 * <p>The task runs on even if the application drops this object.
 *
 * <p>Thread safety: any thread may use it. Futures complete and listeners run on the client's callback executor.
 *
 * @param <R> the result; {@link Void} if there is none
 */
public interface Task<R extends @Nullable Object> {

    /** {@return the name of the work, for messages, such as {@code backup of disk0}} */
    String name();

    /**
     * {@return a new future of the result}
     *
     * <p>Cancelling this future, or ending it by {@code orTimeout}, ends only this future. The task goes on; {@link
     * #cancel()} cancels it.
     */
    CompletableFuture<R> result();

    /**
     * Waits for the result.
     *
     * @param limit how long to wait at most; positive, and any length is allowed
     * @return the result
     * @throws TaskWaitException if the limit passes or the thread is interrupted first. The task goes on, and can be
     *     awaited again. An interrupted thread stays interrupted
     * @throws dev.qmp.error.QmpException the task's own failure, unwrapped
     * @throws IllegalArgumentException if the limit is not positive
     * @throws IllegalStateException on an event loop, where waiting would stall connections
     */
    R await(Duration limit);

    /** {@return whether the outcome is known} */
    boolean isDone();

    /**
     * Requests the machine to cancel the task. The task's outcome follows later: usually {@link
     * TaskCancelledException}, but success if the task was faster. Each call before the outcome is known requests it
     * again.
     *
     * @return completes when the machine accepted the request, or at once if the outcome is known; fails with a {@link
     *     dev.qmp.error.QmpException} if the machine rejected it or was not reached. The task then goes on
     */
    CompletableFuture<@Nullable Void> cancel();

    /** {@return the last progress that was received; null before the first} The method sends no command. */
    @Nullable
    Progress progress();

    /**
     * Notifies a listener of the progress: of the last one now, if there is one, and of each later one until the task
     * ends. Calls are made one at a time. A slow listener misses some progress, but never the latest. A failure of the
     * listener is logged, and does not affect the task.
     *
     * @return this task
     */
    Task<R> onProgress(Consumer<? super Progress> listener);
}

package dev.qmp.internal.client;

import dev.qmp.schema.CommandProblem;
import dev.qmp.schema.QmpSchema;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The schema of one session's machine: read at most once, on demand. It is discarded with the session, because another
 * QEMU can answer in the next one. Safe for all threads.
 */
final class MachineSchema {

    /** Bounds the memory. A program with more different errors in one session has logged enough of them. */
    private static final int MAX_REPORTED = 1000;

    /** The reading in progress or its result; null before the first one. */
    private volatile @Nullable CompletableFuture<QmpSchema> schema;

    /** Null before the first problem. */
    private @Nullable Set<String> reported;

    /** {@return the schema; null if it has not been read} */
    @Nullable
    QmpSchema known() {
        CompletableFuture<QmpSchema> read = schema;
        return read == null || !read.isDone() || read.isCompletedExceptionally() ? null : read.join();
    }

    void set(QmpSchema known) {
        schema = CompletableFuture.completedFuture(known);
    }

    /** {@return the schema, or the reading in progress, or a new one; a separate future for each caller} */
    CompletableFuture<QmpSchema> get(Supplier<CompletableFuture<QmpSchema>> reader) {
        CompletableFuture<QmpSchema> attempt = new CompletableFuture<>();
        CompletableFuture<QmpSchema> current = presentOr(attempt);
        if (current == attempt) {
            try {
                reader.get().whenComplete((read, failure) -> {
                    if (failure == null) {
                        attempt.complete(read);
                    } else {
                        attempt.completeExceptionally(failure);
                    }
                });
            } catch (Throwable e) {
                attempt.completeExceptionally(e); // others may have got a copy
                throw e;
            }
        }
        return current.copy();
    }

    /** {@return the present reading, unless it failed; otherwise the new attempt, which replaces it} */
    private synchronized CompletableFuture<QmpSchema> presentOr(CompletableFuture<QmpSchema> attempt) {
        CompletableFuture<QmpSchema> present = schema;
        if (present == null || present.isCompletedExceptionally()) {
            schema = attempt;
            return attempt;
        }
        return present;
    }

    /**
     * Marks a problem of a command as reported.
     *
     * @return whether it had not been reported in this session
     */
    synchronized boolean markReported(String command, CommandProblem problem) {
        Set<String> problems = reported == null ? new HashSet<>() : reported;
        reported = problems;
        return problems.size() < MAX_REPORTED && problems.add(command + ' ' + problem.kind() + ' ' + problem.place());
    }
}

package dev.qmp.internal.client;

import dev.qmp.message.QmpCommand;
import dev.qmp.schema.CommandProblem;
import dev.qmp.schema.QmpSchema;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The schema of one session's machine: read at most once, on demand. It is discarded with the session, because another
 * QEMU can answer in the next one. Safe for all threads.
 */
final class MachineSchema {

    /** Bounds the memory. A program with more different errors in one session has logged enough of them. */
    private static final int MAX_REPORTED = 1000;

    private static final QmpCommand QUERY = QmpCommand.of("query-qmp-schema");

    /** The query in progress, or the last one; null before the first one. */
    private volatile @Nullable CompletableFuture<QmpSchema> query;

    /** Null before the first problem. */
    private @Nullable Set<String> reported;

    /** {@return the schema; null if it has not been read} */
    @Nullable
    QmpSchema known() {
        CompletableFuture<QmpSchema> present = query;
        return present == null || !present.isDone() || present.isCompletedExceptionally() ? null : present.join();
    }

    void set(QmpSchema known) {
        query = CompletableFuture.completedFuture(known);
    }

    /**
     * {@return the schema, by the query in progress or a new one; a separate future for each caller} It completes where
     * the query does.
     *
     * @param issuer issues the query
     */
    CompletableFuture<QmpSchema> get(Function<QmpCommand, CompletableFuture<QmpSchema>> issuer) {
        CompletableFuture<QmpSchema> attempt = new CompletableFuture<>();
        CompletableFuture<QmpSchema> current = presentOr(attempt);
        if (current == attempt) {
            try {
                issuer.apply(QUERY).whenComplete((schema, failure) -> {
                    if (failure == null) {
                        attempt.complete(schema);
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

    /** {@return the present query, unless it has failed; otherwise the new attempt, which replaces it} */
    private synchronized CompletableFuture<QmpSchema> presentOr(CompletableFuture<QmpSchema> attempt) {
        CompletableFuture<QmpSchema> present = query;
        if (present == null || present.isCompletedExceptionally()) {
            query = attempt;
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

package dev.qmp.internal.client;

import static java.util.Objects.requireNonNull;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpReply;
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

    /** The query in progress or its answer; null before the first one. */
    private volatile @Nullable CompletableFuture<Answer> answer;

    /** Null before the first problem. */
    private @Nullable Set<String> reported;

    /** The machine's reply. The first caller converts it, in its own thread, because that takes milliseconds. */
    static final class Answer {

        private volatile @Nullable QmpSchema schema;
        /** Null after the conversion, because it is large. */
        private @Nullable QmpReply reply;

        private volatile boolean broken;

        private Answer(@Nullable QmpReply reply, @Nullable QmpSchema schema) {
            this.reply = reply;
            this.schema = schema;
        }

        /** {@return the schema; null before the first conversion} */
        @Nullable
        QmpSchema known() {
            return schema;
        }

        /**
         * {@return the schema}
         *
         * @throws dev.qmp.error.ResultException if the reply is not a schema
         */
        QmpSchema schema() {
            QmpSchema converted = schema;
            return converted == null ? convert() : converted;
        }

        private synchronized QmpSchema convert() {
            QmpReply received = reply;
            if (received == null) {
                return requireNonNull(schema, "it was converted");
            }
            try {
                QmpSchema converted = ReplyReader.read(QUERY, ReplyReader::schema, received);
                schema = converted;
                reply = null;
                return converted;
            } catch (Throwable e) {
                broken = true;
                throw e;
            }
        }
    }

    /** {@return the schema; null if it has not been read} */
    @Nullable
    QmpSchema known() {
        CompletableFuture<Answer> present = answer;
        return present == null || !present.isDone() || present.isCompletedExceptionally()
                ? null
                : present.join().known();
    }

    void set(QmpSchema known) {
        answer = CompletableFuture.completedFuture(new Answer(null, known));
    }

    /**
     * {@return the machine's answer, or the query in progress, or a new one; a separate future for each caller} It
     * completes where the query does.
     *
     * @param issuer issues the query
     */
    CompletableFuture<Answer> get(Function<QmpCommand, CompletableFuture<QmpReply>> issuer) {
        CompletableFuture<Answer> attempt = new CompletableFuture<>();
        CompletableFuture<Answer> current = presentOr(attempt);
        if (current == attempt) {
            try {
                issuer.apply(QUERY).whenComplete((reply, failure) -> {
                    if (failure == null) {
                        attempt.complete(new Answer(reply, null));
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

    /** {@return the present answer, unless it is useless; otherwise the new attempt, which replaces it} */
    private synchronized CompletableFuture<Answer> presentOr(CompletableFuture<Answer> attempt) {
        CompletableFuture<Answer> present = answer;
        if (present == null || isUseless(present)) {
            answer = attempt;
            return attempt;
        }
        return present;
    }

    private static boolean isUseless(CompletableFuture<Answer> present) {
        return present.isCompletedExceptionally() || (present.isDone() && present.join().broken);
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

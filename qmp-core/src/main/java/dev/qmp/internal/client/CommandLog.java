package dev.qmp.internal.client;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Logs one line for each command of a connection when it has its outcome, at DEBUG, without arguments and results. */
final class CommandLog {

    private static final Logger LOGGER = LoggerFactory.getLogger("dev.qmp.command");
    private static final JsonMessageCodec CODEC = JsonMessageCodec.forClient(true);
    private static final double NANOS_PER_MILLI = 1e6;

    private final String connection;

    CommandLog(String connection) {
        this.connection = Text.printable(connection);
    }

    /**
     * Logs the outcome of a command: a failure, or success if it is null. Any thread may call it. A failure of the log
     * has no effect, because the command must reach its caller.
     */
    void completed(PendingCommand<?> command, @Nullable Throwable failure) {
        try {
            if (LOGGER.isDebugEnabled()) {
                log(command, failure);
            }
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    private void log(PendingCommand<?> command, @Nullable Throwable failure) {
        double millis = (System.nanoTime() - command.issuedAt()) / NANOS_PER_MILLI;
        QmpCommand sent = command.withId();
        JsonNode id = sent == null ? null : sent.id();
        LOGGER.debug(
                "'{}': {} (id {}, {} bytes): {} after {} ms",
                connection,
                Text.printable(command.command().name()),
                id == null ? "none" : id.asString(""),
                sent == null ? "no" : sizeOf(sent),
                outcome(failure),
                String.format(Locale.ROOT, "%.1f", millis));
    }

    private static String outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return "succeeded";
        } else if (failure instanceof RejectedException rejected) {
            return "rejected (" + Text.printable(rejected.errorClass()) + ")";
        } else if (failure instanceof NotSentException notSent) {
            return "not sent (" + notSent.reason() + ")";
        } else if (failure instanceof OutcomeUnknownException unknown) {
            return "outcome unknown (" + unknown.reason() + ")";
        } else if (failure instanceof CancellationException) {
            return "ended by its caller";
        }
        return "failed (" + failure.getClass().getSimpleName() + ")";
    }

    private static String sizeOf(QmpCommand sent) {
        CountingStream counting = new CountingStream();
        try {
            CODEC.encode(sent, counting);
        } catch (IOException | RuntimeException e) {
            return "unknown";
        }
        return Long.toString(counting.count);
    }

    /** Counts the written bytes. */
    private static final class CountingStream extends OutputStream {

        private long count;

        @Override
        public void write(int octet) {
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            count += length;
        }
    }
}

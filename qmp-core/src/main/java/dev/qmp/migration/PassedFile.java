package dev.qmp.migration;

import dev.qmp.QmpClient;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.qapi.command.Closefd;
import dev.qmp.qapi.command.Getfd;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that this process opens, and whose descriptor it passes to the machine. An existing file stays as it is until
 * the machine has accepted the migration: a new file is written in its directory, and replaces it then.
 */
final class PassedFile {

    private static final Logger logger = LoggerFactory.getLogger(PassedFile.class);

    private final QmpClient client;
    private final String name = "qmp-migration-" + UUID.randomUUID();
    private final Closeable stream;
    private final CompletableFuture<?> passed;
    /** The file that the machine writes; null if the file exists already and is not replaced, as a device. */
    private final @Nullable Path written;

    private final Path file;
    /** Whether the machine has accepted the migration, or may have. */
    private volatile boolean used;

    private PassedFile(
            QmpClient client, Closeable stream, FileDescriptor descriptor, @Nullable Path written, Path file) {
        this.client = client;
        this.stream = stream;
        this.written = written;
        this.file = file;
        this.passed = client.execute(Getfd.command(name).withFileDescriptor(descriptor))
                .whenComplete((ignored, failure) -> close());
    }

    static PassedFile forReading(QmpClient client, Path file) throws IOException {
        FileInputStream stream = new FileInputStream(file.toFile());
        return new PassedFile(client, stream, stream.getFD(), null, file);
    }

    static PassedFile forWriting(QmpClient client, Path file) throws IOException {
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        boolean replaces = Files.notExists(target) || Files.isRegularFile(target);
        Path written = replaces ? Files.createTempFile(target.getParent(), "qmp", ".migration") : null;
        try {
            FileOutputStream stream = new FileOutputStream((written == null ? target : written).toFile());
            return new PassedFile(client, stream, stream.getFD(), written, target);
        } catch (IOException e) {
            if (written != null) {
                delete(client, written);
            }
            throw e;
        }
    }

    /** {@return completes when the machine has the descriptor} */
    CompletableFuture<?> passed() {
        return passed;
    }

    /** {@return the address of the file for the machine} */
    String uri() {
        return "fd:" + name;
    }

    /**
     * Replaces the file if the machine has accepted the migration, or may have. If the reply is lost, a failure to
     * replace the file is only logged.
     *
     * @param reply the reply to the command that starts the migration
     * @return completes as the reply
     */
    CompletableFuture<?> replaceAfter(CompletableFuture<?> reply, String task) {
        return reply.whenComplete((ignored, failure) -> {
            used = failure == null || TaskSource.unwrap(failure) instanceof OutcomeUnknownException;
            if (used && written != null) {
                moveTo(written, task, failure != null);
            }
        });
    }

    private void moveTo(Path part, String task, boolean replyLost) {
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (replyLost) {
                logger.warn(
                        "{}: the machine may write to {}, which cannot be renamed to {}", client.name(), part, file, e);
                return; // the task fails for the lost reply
            }
            throw new TaskOutcomeUnknownException(
                    task, "the machine writes to " + part + ", which cannot be renamed to " + file, e);
        }
    }

    /**
     * Handles a migration that was not started. The machine keeps a descriptor until a migration uses it, so this
     * method has it closed.
     */
    void release() {
        if (!used && written != null) {
            delete(client, written);
        }
        passed.whenComplete((ignored, failure) -> {
            if (failure == null || TaskSource.unwrap(failure) instanceof OutcomeUnknownException) {
                client.execute(Closefd.command(name)); // rejected if a migration has used the descriptor
            }
        });
    }

    private static void delete(QmpClient client, Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            logger.warn("{}: {}, of a migration that was not started, cannot be removed", client.name(), part, e);
        }
    }

    private void close() {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

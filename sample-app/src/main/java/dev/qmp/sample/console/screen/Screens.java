package dev.qmp.sample.console.screen;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.sample.directory.PrivateDirectory;
import dev.qmp.sample.picture.PngFormat;
import dev.qmp.sample.picture.PpmFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Takes pictures of screens. QMP has no way to send one: QEMU writes it to a file, which this application reads, so the
 * two have to be on one host, and QEMU must be allowed to write where this application says.
 */
@Component
public class Screens implements DisposableBean {

    private static final Log LOGGER = LogFactory.getLog(Screens.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final PrivateDirectory directory = new PrivateDirectory(PrivateDirectory.path("qmp-screens"));
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentMap<String, CompletableFuture<byte[]>> underWay = new ConcurrentHashMap<>();

    /** One file for each connection: a late picture is overwritten by the next one, and does not remain. */
    private final ConcurrentMap<String, Path> files = new ConcurrentHashMap<>();

    /** Sessions, by connection and begin, whose machines do not support PNG. */
    private final ConcurrentMap<String, Instant> withoutPng = new ConcurrentHashMap<>();

    Screens() {
        directory.create();
    }

    /** {@return a PNG of the machine's display} Concurrent requests share one picture. */
    public CompletableFuture<byte[]> take(QmpClient client) {
        CompletableFuture<byte[]> mine = new CompletableFuture<>();
        CompletableFuture<byte[]> running = underWay.putIfAbsent(client.name(), mine);
        if (running != null) {
            return running;
        }
        dump(client).whenComplete((png, failure) -> {
            underWay.remove(client.name(), mine);
            if (failure == null) {
                mine.complete(png);
            } else {
                mine.completeExceptionally(unwrap(failure));
            }
        });
        return mine;
    }

    private CompletableFuture<byte[]> dump(QmpClient client) {
        Instant session = client.status().since();
        if (session.equals(withoutPng.get(client.name()))) {
            return dumpPpm(client);
        }
        return dumpPng(client).exceptionallyCompose(failure -> {
            if (!hasNoPng(failure)) {
                return CompletableFuture.failedFuture(failure);
            }
            withoutPng.put(client.name(), session);
            return dumpPpm(client);
        });
    }

    private CompletableFuture<byte[]> dumpPng(QmpClient client) {
        return dump(client, command -> command.withArgument("format", "png"));
    }

    private CompletableFuture<byte[]> dumpPpm(QmpClient client) {
        return dump(client, command -> command).thenApply(file -> PngFormat.write(PpmFormat.read(file)));
    }

    /**
     * QEMU before 7.1 does not know the argument ("Parameter 'format' is unexpected"), and one built without libpng
     * says "Enable PNG support with libpng for screendump".
     */
    private static boolean hasNoPng(Throwable failure) {
        return unwrap(failure) instanceof RejectedException rejection
                && (rejection.description().contains("'format'")
                        || rejection.description().contains("PNG"));
    }

    private CompletableFuture<byte[]> dump(QmpClient client, UnaryOperator<QmpCommand> format) {
        Path file =
                files.computeIfAbsent(client.name(), name -> directory.resolve(count.incrementAndGet() + ".screen"));
        QmpCommand command = QmpCommand.of("screendump")
                .withArgument("filename", file.toString())
                .withTimeout(TIMEOUT);
        return client.execute(format.apply(command))
                .thenApply(nothing -> read(file))
                .whenComplete((picture, failure) -> delete(file));
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("the picture is not on this host", e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOGGER.debug("A picture could not be deleted; the next one is written over it", e);
        }
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    @Override
    public void destroy() {
        directory.delete();
    }
}

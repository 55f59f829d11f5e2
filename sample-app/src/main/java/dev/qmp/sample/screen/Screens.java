package dev.qmp.sample.screen;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Takes pictures of screens. QMP has no way to send one: QEMU writes it to a file, which this application reads, so the
 * two have to be on one host, and QEMU must be allowed to write where this application says.
 */
@Component
public class Screens implements DisposableBean {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final PrivateDirectory directory = new PrivateDirectory(PrivateDirectory.path("qmp-screens"));
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentMap<String, CompletableFuture<byte[]>> underWay = new ConcurrentHashMap<>();

    Screens() {
        directory.create();
    }

    /** {@return a PNG of what the machine shows now} Those who ask at the same time share one picture. */
    public CompletableFuture<byte[]> take(QmpClient client) {
        CompletableFuture<byte[]> mine = new CompletableFuture<>();
        CompletableFuture<byte[]> running = underWay.putIfAbsent(client.name(), mine);
        if (running != null) {
            return running;
        }
        dumpPng(client)
                .exceptionallyCompose(
                        failure -> hasNoPng(failure) ? dumpPpm(client) : CompletableFuture.failedFuture(failure))
                .whenComplete((png, failure) -> {
                    underWay.remove(client.name(), mine);
                    if (failure == null) {
                        mine.complete(png);
                    } else {
                        mine.completeExceptionally(unwrap(failure));
                    }
                });
        return mine;
    }

    private CompletableFuture<byte[]> dumpPng(QmpClient client) {
        return dump(client, command -> command.withArgument("format", "png"));
    }

    private CompletableFuture<byte[]> dumpPpm(QmpClient client) {
        return dump(client, command -> command).thenApply(file -> PngFormat.write(PpmFormat.read(file)));
    }

    /** QEMU before 7.1 does not know the argument, and one built without a library for PNG not the value. */
    private static boolean hasNoPng(Throwable failure) {
        return unwrap(failure) instanceof RejectedException rejection
                && rejection.description().contains("'format'");
    }

    private CompletableFuture<byte[]> dump(QmpClient client, java.util.function.UnaryOperator<QmpCommand> format) {
        Path file = directory.resolve(count.incrementAndGet() + ".screen");
        QmpCommand command = QmpCommand.of("screendump")
                .withArgument("filename", file.toString())
                .withTimeout(TIMEOUT);
        return client.execute(format.apply(command)).thenApply(nothing -> read(file));
    }

    private static byte[] read(Path file) {
        try {
            byte[] content = Files.readAllBytes(file);
            Files.delete(file);
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException("the picture is not on this host", e);
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

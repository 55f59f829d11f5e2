package dev.qmp.screen;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpGreeting;
import dev.qmp.qapi.command.Screendump;
import dev.qmp.qapi.type.ImageFormat;
import dev.qmp.task.TaskSource;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One display of a running machine.
 *
 * <pre>{@code
 * byte[] png = Screen.of(client).png().get();
 * }</pre>
 *
 * <p>QEMU writes a picture to a file. So the machine must run on this host, and its user needs write permission on the
 * directory. The file is deleted in every case.
 *
 * <p>Every method needs a session ({@code RUNNING}) and returns at once. Futures complete on the callback executor and
 * fail with a {@link dev.qmp.error.CommandException}, as when there is no display, or with {@link ScreenshotException}.
 *
 * <p>Thread safety: immutable; any thread may use it.
 */
public final class Screen {

    private final QmpClient client;
    private final @Nullable String device;
    private final int head;
    private final @Nullable Path directory;

    private Screen(QmpClient client, @Nullable String device, int head, @Nullable Path directory) {
        this.client = client;
        this.device = device;
        this.head = head;
        this.directory = directory;
    }

    /** {@return the first display of a client's machine} */
    public static Screen of(QmpClient client) {
        return new Screen(Objects.requireNonNull(client, "client"), null, 0, null);
    }

    /**
     * {@return the display of one graphics device}
     *
     * @param device the device's id
     * @param head the number of its output, from 0
     * @throws IllegalArgumentException if the id is blank or the number is negative
     */
    public Screen withDevice(String device, int head) {
        Objects.requireNonNull(device, "device");
        if (device.isBlank()) {
            throw new IllegalArgumentException("device must not be blank");
        }
        if (head < 0) {
            throw new IllegalArgumentException("head must not be negative, but is " + head);
        }
        return new Screen(client, device, head, directory);
    }

    /**
     * {@return a copy whose pictures are written to another directory than the JVM's temporary one}
     *
     * <p>Each picture has a new directory in it, which only this JVM's user (and root) can enter.
     */
    public Screen withDirectory(Path directory) {
        return new Screen(client, device, head, Objects.requireNonNull(directory, "directory"));
    }

    /**
     * {@return the display's content now, as PNG}
     *
     * <p>QEMU 7.1 and later write PNG if they are built with libpng. Pictures of others are converted here. A later
     * QEMU without libpng gets two commands for each picture, because it rejects the first one.
     */
    public CompletableFuture<byte[]> png() {
        if (isBeforePng()) {
            return converted();
        }
        return TaskSource.unwrapped(
                dump(ImageFormat.PNG)
                        .exceptionallyCompose(failure -> lacksPng(TaskSource.unwrap(failure))
                                ? converted()
                                : CompletableFuture.failedFuture(failure)),
                Runnable::run);
    }

    private CompletableFuture<byte[]> converted() {
        return TaskSource.unwrapped(ppm().thenApply(PpmConversion::toPng), Runnable::run);
    }

    /** {@return whether the machine is known to lack the argument {@code format}, so that it would reject it} */
    private boolean isBeforePng() {
        QmpGreeting greeting = client.status().greeting();
        return greeting != null && !greeting.version().isAtLeast(7, 1);
    }

    /** {@return the display's content now, as PPM of 8 bits per channel} Every version of QEMU writes it. */
    public CompletableFuture<byte[]> ppm() {
        return TaskSource.unwrapped(dump(null), Runnable::run);
    }

    /**
     * {@return whether the failure means that QEMU cannot write PNG} QEMU before 7.1 rejects the argument; a QEMU
     * without libpng rejects the value. A QEMU before 7.1 can receive the argument if it has just replaced a newer one,
     * because the known greeting can be that of the session before.
     */
    private static boolean lacksPng(Throwable failure) {
        return failure instanceof RejectedException rejected
                && (rejected.description().contains("'format'")
                        || rejected.description().contains("libpng"));
    }

    private CompletableFuture<byte[]> dump(@Nullable ImageFormat format) {
        PictureFile file;
        try {
            file = PictureFile.create(directory);
        } catch (ScreenshotException e) {
            return CompletableFuture.failedFuture(e);
        }
        return client.execute(command(file.path(), format))
                .thenApply(nothing -> file.read())
                .whenComplete((picture, failure) -> file.delete());
    }

    private Screendump command(Path file, @Nullable ImageFormat format) {
        Screendump dump = Screendump.command(file.toAbsolutePath().toString());
        if (device != null) {
            dump = dump.withDevice(device).withHead(head);
        }
        return format == null ? dump : dump.withFormat(format);
    }

    /** {@return the names of the connection and the display} */
    @Override
    public String toString() {
        return "Screen[" + client.name() + (device == null ? "" : ", " + device + ":" + head) + "]";
    }
}

package dev.qmp.media;

import dev.qmp.QmpClient;
import dev.qmp.error.Checks;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes the media in the removable drives of one running machine.
 *
 * <pre>{@code
 * Media media = Media.of(client);
 * media.change("cd0", Medium.raw("/images/tools.iso"), Duration.ofSeconds(30)).await(Duration.ofMinutes(1));
 * media.eject("cd0", Duration.ofSeconds(30)).await(Duration.ofMinutes(1));
 * }</pre>
 *
 * <p>A drive is named by its device's id, as in {@code -device ide-cd,id=cd0}. If the guest has locked the tray, it is
 * requested to open the tray, and the task waits for the event {@code DEVICE_TRAY_MOVED}.
 *
 * <p>Every method needs a session ({@code RUNNING}) and returns at once. Tasks fail with {@link TrayLockedException},
 * with {@link TaskFailedException} if there is no such drive or QEMU refused, with {@link
 * dev.qmp.error.NotSentException}, or with {@link dev.qmp.task.TaskOutcomeUnknownException} after a lost reply or
 * session. {@link Task#cancel()} fails, because QEMU cannot cancel the request to a guest.
 *
 * <p>Thread safety: immutable; any thread may use it.
 */
public final class Media {

    private final QmpClient client;
    private final boolean force;

    private Media(QmpClient client, boolean force) {
        this.client = client;
        this.force = force;
    }

    /** {@return the media of a client's machine} */
    public static Media of(QmpClient client) {
        return new Media(Objects.requireNonNull(client, "client"), false);
    }

    /** {@return a copy that opens locked trays by force} The guest may lose unwritten data. */
    public Media withForce() {
        return new Media(client, true);
    }

    /**
     * Replaces the medium of a drive, or inserts one into an empty drive. The tray is closed at the end.
     *
     * <p>If QEMU refuses, or the command is not sent, the old medium stays, with one exception: if another process or
     * device has locked the image, QEMU removes the old medium before it refuses. If the tray was closed before, and
     * was opened by this task or by QEMU, the task tries to close it again. A failure of that attempt is a suppressed
     * exception of the task's failure.
     *
     * @param limit how long the guest may take to open a locked tray; positive
     * @throws IllegalArgumentException if the drive's name is blank or the limit is not positive
     */
    public Task<@Nullable Void> change(String drive, Medium medium, Duration limit) {
        Objects.requireNonNull(medium, "medium");
        return mediaChange("change of the medium in ", drive, limit).change(medium, false);
    }

    /**
     * Inserts a medium into a drive that is empty, and closes the tray.
     *
     * @param limit how long the guest may take to open a locked tray; positive
     * @return the task; fails with {@link TaskFailedException} if the drive has a medium
     * @throws IllegalArgumentException if the drive's name is blank or the limit is not positive
     */
    public Task<@Nullable Void> insert(String drive, Medium medium, Duration limit) {
        Objects.requireNonNull(medium, "medium");
        return mediaChange("insertion of a medium into ", drive, limit).change(medium, true);
    }

    /**
     * Opens the tray and removes the medium. The tray stays open. If the drive is empty, only its tray is opened.
     *
     * <p>If QEMU refuses, for example because a job uses the medium, the tray is treated as in {@link #change}.
     *
     * @param limit how long the guest may take to open a locked tray; positive
     * @throws IllegalArgumentException if the drive's name is blank or the limit is not positive
     */
    public Task<@Nullable Void> eject(String drive, Duration limit) {
        return mediaChange("eject of ", drive, limit).eject();
    }

    private MediaChange mediaChange(String name, String drive, Duration limit) {
        requireDrive(drive);
        return new MediaChange(client, name + drive, drive, Checks.positive("limit", limit), force);
    }

    /**
     * {@return the state of a drive now}
     *
     * <p>The future fails as {@link QmpClient#execute(dev.qmp.qapi.TypedCommand)}, and with {@link TaskFailedException}
     * if there is no such removable drive.
     *
     * @throws IllegalArgumentException if the drive's name is blank
     */
    public CompletableFuture<Tray> tray(String drive) {
        requireDrive(drive);
        return TaskSource.unwrapped(Drives.tray(client, drive, "query of " + drive), Runnable::run);
    }

    private static void requireDrive(String drive) {
        Objects.requireNonNull(drive, "drive");
        if (drive.isBlank()) {
            throw new IllegalArgumentException("drive must not be blank");
        }
    }

    /** {@return the connection's name} */
    @Override
    public String toString() {
        return "Media[" + client.name() + (force ? ", by force" : "") + "]";
    }
}

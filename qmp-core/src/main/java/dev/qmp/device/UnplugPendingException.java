package dev.qmp.device;

import dev.qmp.task.TaskException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest did not react in time to the request to release a device. The request stays pending, because QEMU cannot
 * cancel it. The device may be released later: when the guest reacts, or at its next reset. A guest that was still
 * booting may have lost the request, so unplug the device again, or wait for its {@code DEVICE_DELETED}.
 */
public class UnplugPendingException extends TaskException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param limit the limit that passed
     */
    public UnplugPendingException(String taskName, Duration limit, @Nullable Throwable cause) {
        super(
                Objects.requireNonNull(taskName, "taskName"),
                "is pending: the guest did not react within "
                        + Objects.requireNonNull(limit, "limit").toMillis() + " ms, and may still release the device",
                cause);
    }
}

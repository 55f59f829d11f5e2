package dev.qmp.device;

import dev.qmp.task.TaskException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest was asked to release a device, and did not react in time. The request stays pending, because QEMU cannot
 * take it back. The device may go later: when the guest reacts, at the latest with the guest's next reset.
 */
public class UnplugPendingException extends TaskException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception; the limit is the one that passed. */
    public UnplugPendingException(String taskName, Duration limit, @Nullable Throwable cause) {
        super(
                Objects.requireNonNull(taskName, "taskName"),
                "is pending: the guest did not react within "
                        + Objects.requireNonNull(limit, "limit").toMillis() + " ms, and may still release the device",
                cause);
    }
}

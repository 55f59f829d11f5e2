package dev.qmp.media;

import dev.qmp.task.TaskFailedException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest has locked the tray, and did not open it in time after the request. The medium was not changed. The guest
 * may still open the tray later.
 */
public class TrayLockedException extends TaskFailedException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param limit the limit that passed
     */
    public TrayLockedException(String taskName, Duration limit, @Nullable Throwable cause) {
        super(
                taskName,
                "the guest has locked the tray and did not open it within "
                        + Objects.requireNonNull(limit, "limit").toMillis() + " ms",
                cause);
    }
}

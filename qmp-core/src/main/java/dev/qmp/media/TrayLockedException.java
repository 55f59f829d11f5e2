package dev.qmp.media;

import dev.qmp.task.TaskFailedException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest has locked the tray, was asked to open it, and did not do so in time. The medium was not touched. The guest
 * may still open the tray later.
 */
public class TrayLockedException extends TaskFailedException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception; the limit is the one that passed. */
    public TrayLockedException(String taskName, Duration limit, @Nullable Throwable cause) {
        super(
                taskName,
                "the guest has locked the tray and did not open it within "
                        + Objects.requireNonNull(limit, "limit").toMillis() + " ms",
                cause);
    }
}

package dev.qmp.device;

import dev.qmp.task.TaskFailedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device was certainly not plugged. Its backends were removed again, except {@link #leftovers()}. The cause is the
 * failure of the command; failures of the removals are suppressed exceptions.
 */
public class PlugFailedException extends TaskFailedException {

    private static final long serialVersionUID = 1L;

    private final List<Backend> leftovers;

    /**
     * Creates the exception.
     *
     * @param taskName the task
     * @param reason the machine's own text
     * @param leftovers the backends that were not removed
     * @param cause the failure of the command
     */
    public PlugFailedException(String taskName, String reason, List<Backend> leftovers, @Nullable Throwable cause) {
        super(taskName, Leftovers.append(reason, leftovers), cause);
        this.leftovers = List.copyOf(leftovers);
    }

    /** {@return the backends that may remain; empty if all additions are undone} */
    public List<Backend> leftovers() {
        return leftovers;
    }
}

package dev.qmp.device;

import dev.qmp.message.QmpEvent;
import dev.qmp.task.TaskFailedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The guest refused to release a device, and {@link #event()} reported it; or the device is gone, and {@link
 * #leftovers()} of its backends are not removed.
 */
public class UnplugFailedException extends TaskFailedException {

    private static final long serialVersionUID = 1L;

    private final @Nullable QmpEvent event;
    private final List<Backend> leftovers;

    /**
     * Creates the exception.
     *
     * @param taskName the task
     * @param reason why it failed, for the operator
     * @param event the event by which the guest refused; null if the device is gone
     * @param leftovers the backends that were not removed, if the device is gone
     * @param cause the deeper cause; null if there is none
     */
    public UnplugFailedException(
            String taskName,
            String reason,
            @Nullable QmpEvent event,
            List<Backend> leftovers,
            @Nullable Throwable cause) {
        super(taskName, Leftovers.append(reason, leftovers), cause);
        this.event = event;
        this.leftovers = List.copyOf(leftovers);
    }

    /** {@return whether the device is gone, and only backends remain} */
    public boolean isDeviceGone() {
        return event == null;
    }

    /** {@return the event by which the guest refused; null if the device is gone} */
    public @Nullable QmpEvent event() {
        return event;
    }

    /** {@return the backends that may remain} Empty if the guest refused: then all of them are in use. */
    public List<Backend> leftovers() {
        return leftovers;
    }
}

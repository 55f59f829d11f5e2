package dev.qmp.task;

import dev.qmp.message.QmpEvent;
import java.util.Objects;
import java.util.Set;

/**
 * Notices that a session may be one of a new machine, because a shutdown of the guest preceded it. For code that runs
 * tasks.
 *
 * <p>The task passes its events and the ends of its sessions on. While {@link #mayBeNew()} returns true, the task
 * queries the guest's status before its own state.
 *
 * <p>Thread safety: one call at a time, as the calls of a {@link StateWatch.Subject}.
 */
public final class ShutdownWatch {

    /**
     * The guest's statuses after a shutdown that QEMU survives ({@code -no-shutdown}). A new machine has none of them.
     */
    private static final Set<String> SHUT_DOWN = Set.of("shutdown", "guest-panicked", "finish-migrate", "postmigrate");

    /** Whether the guest has shut down, and has not run again since. QEMU ends then, or runs on. */
    private volatile boolean shutDown;

    private volatile boolean mayBeNew;

    /** Creates a watch that has noted nothing. */
    public ShutdownWatch() {}

    /** Notes an event {@code SHUTDOWN}, {@code RESUME} or {@code RESET}. Other events have no effect. */
    public void onEvent(QmpEvent event) {
        Objects.requireNonNull(event, "event");
        switch (event.name()) {
            case "SHUTDOWN" -> shutDown = true;
            case "RESUME", "RESET" -> shutDown = false;
            default -> {
                // neither a shutdown nor a new start
            }
        }
    }

    /** Notes the end of a session. */
    public void onDisconnected() {
        if (shutDown) {
            mayBeNew = true; // until a status shows that it is not, in later sessions too
        }
    }

    /** {@return whether the machine may be another one, with a task of the same kind or id} */
    public boolean mayBeNew() {
        return mayBeNew;
    }

    /**
     * Notes the guest's status. If it is one of those after a shutdown, the machine is the same one, and {@link
     * #mayBeNew()} returns false from now on.
     *
     * @param status in the form of {@code query-status}
     */
    public void onStatus(String status) {
        Objects.requireNonNull(status, "status");
        if (SHUT_DOWN.contains(status)) {
            mayBeNew = false;
        }
    }

    /** {@return the failure of a task whose machine may be another one} */
    public TaskOutcomeUnknownException notRecognised(String task) {
        Objects.requireNonNull(task, "task");
        return new TaskOutcomeUnknownException(
                task, "the guest had shut down, and runs again: the machine may have been started anew", null);
    }
}

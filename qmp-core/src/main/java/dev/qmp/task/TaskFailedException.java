package dev.qmp.task;

import dev.qmp.error.Text;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The task certainly failed on the machine. Its effects until then may remain: see the task's description. */
public class TaskFailedException extends TaskException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * Creates the exception.
     *
     * @param taskName {@link Task#name()}
     * @param reason the machine's own text, or a reason for the operator if it sent none; quoted in the message,
     *     escaped and shortened
     * @param cause the deeper cause; null if there is none
     */
    public TaskFailedException(String taskName, String reason, @Nullable Throwable cause) {
        super(
                Objects.requireNonNull(taskName, "taskName"),
                "failed: " + Text.printableSentence(Objects.requireNonNull(reason, "reason")),
                cause);
        this.reason = reason;
    }

    /** {@return why it failed: the machine's own text, unescaped and whole, if it sent one} */
    public String reason() {
        return reason;
    }
}

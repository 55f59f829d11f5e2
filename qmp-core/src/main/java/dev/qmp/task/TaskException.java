package dev.qmp.task;

import dev.qmp.error.QmpException;
import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;

/** A task had another outcome than success, or its wait ended before the task. The subtype states which. */
public abstract class TaskException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final String taskName;

    /**
     * Creates the exception.
     *
     * @param taskName {@link Task#name()}
     * @param detail the rest of the sentence that begins with the task's name; it is escaped and cut, because it may
     *     quote the machine
     * @param cause the deeper cause; null if there is none
     */
    protected TaskException(String taskName, String detail, @Nullable Throwable cause) {
        super(Text.printable(taskName) + " " + Text.printableSentence(detail), cause);
        this.taskName = taskName;
    }

    /** {@return the task's name} */
    public final String taskName() {
        return taskName;
    }
}

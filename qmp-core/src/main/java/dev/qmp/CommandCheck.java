package dev.qmp;

/** Whether the client checks commands against the machine's own schema before it sends them. */
public enum CommandCheck {
    /** No check. */
    OFF,
    /**
     * Commands are sent unchanged. Errors that the machine would report, and deprecated use, are logged at WARN, once a
     * session for each place of a command.
     */
    WARN,
    /**
     * A command that the machine would reject is not sent and fails with {@link
     * dev.qmp.schema.InvalidCommandException}. Deprecated use is logged as with {@link #WARN}, because the machine
     * still accepts it.
     */
    REFUSE
}

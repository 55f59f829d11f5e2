package dev.qmp;

/** Whether commands are checked against the machine's own schema before they are sent. */
public enum CommandCheck {
    /** Commands are sent as they are. */
    OFF,
    /**
     * Commands are sent as they are. What the machine would object to, and what is deprecated, is logged at WARN, each
     * place of a command once a session.
     */
    WARN,
    /**
     * A command that the machine would reject fails with {@link dev.qmp.schema.InvalidCommandException}, not sent.
     * Deprecated use is logged as with {@link #WARN}, because the machine still accepts it.
     */
    REFUSE
}

package dev.qmp.server;

/** What can be wrong with a monitor as a whole; for what can be wrong with one command see {@link CommandHandler}. */
public enum ServerFault {

    /** Nobody listens, as if the machine did not run: the client is cut off, and refused when it comes again. */
    UNREACHABLE,

    /** Whoever connects is cut off before the greeting; so is the client that is there. */
    HANGS_UP,

    /**
     * Commands are executed and nothing is said, as by a machine that hangs: greeting, replies and events are held
     * back, and said in their order when the fault is over.
     */
    SILENT,

    /** What it says is no JSON, as if another service were behind the address. */
    GARBLED
}

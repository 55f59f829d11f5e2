package dev.qmp.server;

/** A fault of the whole server. Faults of single commands are made by a {@link CommandHandler}. */
public enum ServerFault {

    /**
     * The server does not listen, as if the machine did not run. The client's connection is closed, and further
     * attempts are refused.
     */
    UNREACHABLE,

    /** The server closes each connection before the greeting. The present client's connection is closed at once. */
    HANGS_UP,

    /**
     * The server executes commands and sends nothing, as a machine that hangs. Greeting, replies and events are held
     * back. When the fault ends, they are sent in their order to the client that is still connected.
     */
    SILENT,

    /**
     * What the client sends is discarded unread, as by the serial port of a guest in which no agent runs. A monitor
     * still greets.
     */
    DEAF,

    /** The server sends an HTTP response instead of each message, as if another service had the address. */
    GARBLED
}

package dev.qmp.internal.client;

/** The stack of a blocking caller, added to a failure that was created on an event loop. */
final class CallerTrace extends Exception {

    private static final long serialVersionUID = 1L;

    CallerTrace() {
        super("called from");
    }
}

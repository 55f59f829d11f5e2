package dev.qmp.monitor;

import dev.qmp.error.QmpException;

/** A monitor was not added or removed. The machine was not changed. */
public final class MonitorRefusedException extends QmpException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** The reason for the refusal. */
    public enum Reason {
        /** The machine cannot add a monitor while it runs. QEMU 11.1 and later can. */
        UNSUPPORTED,
        /** There is a file at the path. QEMU would replace it, even the socket of another machine. */
        PATH_EXISTS,
        /** The machine has a character device or an object with this id. */
        ID_TAKEN,
        /** The object with this id is not a monitor. */
        NO_MONITOR
    }

    MonitorRefusedException(Reason reason, String message) {
        super(message, null);
        this.reason = reason;
    }

    /** {@return the reason for the refusal} */
    public Reason reason() {
        return reason;
    }
}

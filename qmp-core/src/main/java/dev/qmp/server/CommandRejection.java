package dev.qmp.server;

import dev.qmp.message.QmpErrorInfo;

/** A handler throws it to answer its command with an error. */
public class CommandRejection extends Exception {

    private static final long serialVersionUID = 1L;

    private final String errorClass;

    /** Creates a rejection of the given class, such as {@code DeviceNotFound}. */
    public CommandRejection(String errorClass, String description) {
        super(description);
        this.errorClass = errorClass;
    }

    /** Creates a rejection of class {@code GenericError}. */
    public CommandRejection(String description) {
        this(QmpErrorInfo.GENERIC_ERROR, description);
    }

    /** {@return the error as the server sends it} */
    public QmpErrorInfo info() {
        return new QmpErrorInfo(errorClass, String.valueOf(getMessage()));
    }
}

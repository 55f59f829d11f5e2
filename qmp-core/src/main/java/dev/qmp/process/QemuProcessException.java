package dev.qmp.process;

import dev.qmp.error.QmpException;
import org.jspecify.annotations.Nullable;

/** A QEMU process could not be started, adopted or ended. */
public class QemuProcessException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public QemuProcessException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

package dev.qmp.statistics;

import dev.qmp.error.QmpException;
import dev.qmp.error.RejectedException;

/** The machine's QEMU is too old for the statistics, or was built without them. The cause has QEMU's own text. */
public final class StatisticsUnsupportedException extends QmpException {

    private static final long serialVersionUID = 1L;

    StatisticsUnsupportedException(String message, RejectedException cause) {
        super(message, cause);
    }
}

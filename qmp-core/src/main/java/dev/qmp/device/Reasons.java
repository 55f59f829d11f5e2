package dev.qmp.device;

import dev.qmp.error.RejectedException;

/** The texts of failures. */
final class Reasons {

    private Reasons() {}

    /** {@return the machine's own text if there is one} */
    static String of(Throwable failure) {
        return failure instanceof RejectedException rejected
                ? rejected.description()
                : String.valueOf(failure.getMessage());
    }
}

package dev.qmp.agent;

import dev.qmp.error.QmpException;
import org.jspecify.annotations.Nullable;

/** File systems of a guest were not frozen as long as they had to be, or may be frozen still. */
public class FreezeException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** No thaw was confirmed in time. The file systems may be frozen; thaws are repeated in the background. */
        MAYBE_STILL_FROZEN,
        /** They were thawed before the work ended, so that what the work made of them is not consistent. */
        THAWED_TOO_EARLY
    }

    private final Kind kind;

    FreezeException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** {@return what went wrong} */
    public Kind kind() {
        return kind;
    }
}

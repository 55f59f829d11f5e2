package dev.qmp.agent;

import dev.qmp.error.QmpException;
import org.jspecify.annotations.Nullable;

/** File systems of a guest were not frozen long enough, or may still be frozen. */
public class FreezeException extends QmpException {

    private static final long serialVersionUID = 1L;

    /** The kind of the failure. */
    public enum Kind {
        /**
         * No thaw was confirmed in time. The file systems may be frozen. Thaws are repeated in the background, unless
         * the client is closed.
         */
        MAYBE_STILL_FROZEN,
        /**
         * The file systems were thawed before the work ended, so the work's result is not consistent. Or the agent
         * rejected the thaw and they are thawed, so the result may not be consistent; the cause is the rejection.
         */
        THAWED_TOO_EARLY
    }

    private final Kind kind;

    FreezeException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** {@return the kind of the failure} */
    public Kind kind() {
        return kind;
    }
}

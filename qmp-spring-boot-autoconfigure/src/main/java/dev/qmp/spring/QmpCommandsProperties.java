package dev.qmp.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Properties of the command policy. */
public class QmpCommandsProperties {

    /**
     * Comma-separated list of the commands that are sent: names, patterns such as "block-job-*", or "read-only". If not
     * set, all that are not denied.
     */
    private @Nullable List<String> allow;

    /**
     * Comma-separated list of the commands that are refused although "allow" matches them: names or patterns.
     */
    private @Nullable List<String> deny;

    /** {@return allow as configured, null if not} */
    public @Nullable List<String> getAllow() {
        return allow;
    }

    /** Sets allow. */
    public void setAllow(@Nullable List<String> allow) {
        this.allow = allow;
    }

    /** {@return deny as configured, null if not} */
    public @Nullable List<String> getDeny() {
        return deny;
    }

    /** Sets deny. */
    public void setDeny(@Nullable List<String> deny) {
        this.deny = deny;
    }
}

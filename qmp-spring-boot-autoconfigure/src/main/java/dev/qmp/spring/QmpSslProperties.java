package dev.qmp.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** Properties of TLS, for TCP addresses only. */
public class QmpSslProperties {

    /**
     * Whether to speak TLS. Enabled automatically if "bundle" is provided unless specified otherwise.
     */
    private @Nullable Boolean enabled;

    /**
     * SSL bundle with the certificates; a reload counts from the next connect on. Clients whose certificates were
     * refused connect at once.
     */
    private @Nullable String bundle;

    /** {@return enabled as configured, null if not} */
    public @Nullable Boolean getEnabled() {
        return enabled;
    }

    /** Sets enabled. */
    public void setEnabled(@Nullable Boolean enabled) {
        this.enabled = enabled;
    }

    /** {@return bundle as configured, null if not or if it is blank} */
    public @Nullable String getBundle() {
        return bundle;
    }

    /** Sets bundle; a blank text counts as none. */
    public void setBundle(@Nullable String bundle) {
        this.bundle = StringUtils.hasText(bundle) ? bundle : null;
    }
}

package dev.qmp.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Properties of reconnecting. */
public class QmpReconnectProperties {

    /**
     * Whether to connect again after a loss.
     */
    private @Nullable Boolean enabled;

    /**
     * Delay before the first new attempt, after a loss or a failed attempt.
     */
    private @Nullable Duration initialDelay;

    /**
     * Factor by which each delay is longer than the one before.
     */
    private @Nullable Double multiplier;

    /**
     * Share by which each delay varies by chance, from 0.0 to 1.0.
     */
    private @Nullable Double jitter;

    /**
     * Longest delay, before it is varied by the jitter.
     */
    private @Nullable Duration maxDelay;

    /** {@return enabled as configured, null if not} */
    public @Nullable Boolean getEnabled() {
        return enabled;
    }

    /** Sets enabled. */
    public void setEnabled(@Nullable Boolean enabled) {
        this.enabled = enabled;
    }

    /** {@return initialDelay as configured, null if not} */
    public @Nullable Duration getInitialDelay() {
        return initialDelay;
    }

    /** Sets initialDelay. */
    public void setInitialDelay(@Nullable Duration initialDelay) {
        this.initialDelay = initialDelay;
    }

    /** {@return multiplier as configured, null if not} */
    public @Nullable Double getMultiplier() {
        return multiplier;
    }

    /** Sets multiplier. */
    public void setMultiplier(@Nullable Double multiplier) {
        this.multiplier = multiplier;
    }

    /** {@return jitter as configured, null if not} */
    public @Nullable Double getJitter() {
        return jitter;
    }

    /** Sets jitter. */
    public void setJitter(@Nullable Double jitter) {
        this.jitter = jitter;
    }

    /** {@return maxDelay as configured, null if not} */
    public @Nullable Duration getMaxDelay() {
        return maxDelay;
    }

    /** Sets maxDelay. */
    public void setMaxDelay(@Nullable Duration maxDelay) {
        this.maxDelay = maxDelay;
    }
}

package dev.qmp.sample.machine;

import org.jspecify.annotations.Nullable;

/**
 * A virtual machine with a QMP monitor, run by this application. It is started and stopped by one thread at a time; any
 * thread may ask how it is.
 */
public interface Machine {

    /** Powers it on, if it is off. Returns when its monitor is open or about to be. */
    void start();

    /** Takes its power away, if it is on; it is gone when this returns. */
    void stop();

    /** {@return whether it is powered on} */
    boolean isRunning();

    /** {@return why it went off by itself, null if it did not} */
    default @Nullable String problem() {
        return null;
    }
}

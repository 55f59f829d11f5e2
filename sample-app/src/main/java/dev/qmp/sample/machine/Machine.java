package dev.qmp.sample.machine;

import org.jspecify.annotations.Nullable;

/**
 * A virtual machine with a QMP monitor, run by this application. One thread at a time starts and stops it. Any
 * thread may query its state.
 */
public interface Machine {

    /** Powers the machine on, if it is off. When this method returns, the monitor is open or about to open. */
    void start();

    /** Powers the machine off, if it is on. When this method returns, the machine has ended. */
    void stop();

    /** {@return whether the machine is on} */
    boolean isRunning();

    /** {@return why the machine ended by itself, null if it did not} */
    default @Nullable String problem() {
        return null;
    }
}

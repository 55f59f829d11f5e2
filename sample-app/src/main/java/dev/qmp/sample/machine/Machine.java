package dev.qmp.sample.machine;

/** A virtual machine with a QMP monitor, run by this application. Methods are not called at the same time. */
public interface Machine {

    /** Powers it on, if it is off. Returns when its monitor is open or about to be. */
    void start();

    /** Takes its power away, if it is on; it is gone when this returns. */
    void stop();

    /** {@return whether it is powered on} */
    boolean isRunning();
}

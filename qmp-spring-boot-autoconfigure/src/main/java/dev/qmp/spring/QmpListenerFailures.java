package dev.qmp.spring;

/**
 * Counts the failures of application listeners to QMP events. The meter {@code qmp.listener.failures} shows them.
 * Failures of {@code @Async} listeners are not among them: those go to the application's {@code
 * AsyncUncaughtExceptionHandler}.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public interface QmpListenerFailures {

    /** {@return the number of listener failures at events of the connection; 0 for an unknown connection} */
    long count(String connectionName);
}

package dev.qmp.protocol;

/**
 * Receives every change of a connection's runstate: each once, in order, none merged. It runs on the callback executor,
 * one change at a time. An exception is logged and has no other effect.
 *
 * <p>A listener that falls {@link RunstateWatcher#CAPACITY} changes behind receives these and no later ones; that is
 * logged.
 */
@FunctionalInterface
public interface RunstateListener {

    /** Called after the change. {@code runstate()} may have changed again since. */
    void runstateChanged(RunstateChange change);
}

package dev.qmp.protocol;

/**
 * Is told of every change of a connection's runstate: each once, in order, none merged. Runs on the callback executor,
 * one change at a time; what it throws is logged and concerns nobody else. A listener that is left {@link
 * RunstateWatcher#CAPACITY} changes behind is told of those, and of none that follow, which is logged.
 */
@FunctionalInterface
public interface RunstateListener {

    /** Called after the change; {@code runstate()} may have moved on since. */
    void runstateChanged(RunstateChange change);
}

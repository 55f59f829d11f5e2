package dev.qmp.internal.engine;

/** A started operation that can be cancelled. A second or late cancellation has no effect. */
@FunctionalInterface
public interface Cancellable {

    /** Stands for an operation that was never started. */
    Cancellable NOTHING = () -> {};

    /** Cancels the operation. */
    void cancel();
}

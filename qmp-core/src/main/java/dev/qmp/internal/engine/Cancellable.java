package dev.qmp.internal.engine;

/** Something that has been set going and can be taken back. Doing so twice, or too late, does no harm. */
@FunctionalInterface
public interface Cancellable {

    /** What was never set going. */
    Cancellable NOTHING = () -> {};

    /** Takes it back. */
    void cancel();
}

package dev.qmp.event;

/** A callback that is registered. Closing it twice does no harm. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {

    /** Ends it: no further call begins. One that has begun may still be under way when this returns. */
    @Override
    void close();
}

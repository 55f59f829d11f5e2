package dev.qmp.event;

/** A callback that is registered. Closing it twice does no harm. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {

    /** Ends it: no call starts after this one has returned, one that is running goes on to its end. */
    @Override
    void close();
}

package dev.qmp.protocol;

/** What a registered listener is ended with. Closing it twice does no harm. */
@FunctionalInterface
public interface Registration extends AutoCloseable {

    /** Ends the registration: no call starts after this one has returned, one that is running goes on to its end. */
    @Override
    void close();
}

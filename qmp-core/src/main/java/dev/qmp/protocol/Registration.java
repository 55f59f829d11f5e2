package dev.qmp.protocol;

/** What a registered listener is ended with. Closing it twice does no harm. */
@FunctionalInterface
public interface Registration extends AutoCloseable {

    /**
     * Ends the registration: no further call begins. One that has begun may still be under way when this returns. */
    @Override
    void close();
}

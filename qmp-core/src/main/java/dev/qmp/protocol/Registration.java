package dev.qmp.protocol;

/** The handle that ends a registered listener. Closing it twice has no effect. */
@FunctionalInterface
public interface Registration extends AutoCloseable {

    /**
     * Ends the registration. No call begins afterwards, but a call that has begun may still run when this method
     * returns.
     */
    @Override
    void close();
}

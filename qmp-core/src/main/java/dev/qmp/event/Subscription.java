package dev.qmp.event;

/** A registered callback. Closing it twice has no effect. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {

    /**
     * Ends the subscription. No call begins afterwards, but a call that has begun may still run when this method
     * returns.
     */
    @Override
    void close();
}

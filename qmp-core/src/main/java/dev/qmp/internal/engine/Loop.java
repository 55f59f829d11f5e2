package dev.qmp.internal.engine;

/** Port: the event loop of one connection. */
public interface Loop extends LoopScheduler {

    /** Runs a task on this loop, after earlier tasks. After the end of the loop, the task may run on another thread. */
    void execute(Runnable task);

    /**
     * Runs a task on this loop, as {@link #execute} does. The task may run twice while the loop is shut down. So the
     * call needs no object of its own.
     */
    default void executeAtLeastOnce(Runnable task) {
        execute(task);
    }

    /** Runs a task on this loop: at once if the calling thread is this loop. */
    default void onLoop(Runnable task) {
        if (isOnLoop()) {
            task.run();
        } else {
            execute(task);
        }
    }

    /** Notes that bytes of a connection have arrived. Then a timer that is late waits for the bytes that follow. */
    default void arrived() {}

    /** {@return whether the calling thread is this loop} */
    boolean isOnLoop();

    /** {@return whether the calling thread is any event loop, so that blocking it would stall connections} */
    boolean isOnAnyLoop();

    @Override
    default void assertOnLoop() {
        assert isOnLoop() : "not on the event loop: " + Thread.currentThread().getName();
    }
}

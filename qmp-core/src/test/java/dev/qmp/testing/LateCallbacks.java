package dev.qmp.testing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A callback executor that runs each task on a thread of its own, at once. A test can hold tasks back, as a busy
 * system does, and so choose in which order replies, events and ends of sessions reach their callbacks.
 */
public final class LateCallbacks implements Executor {

    private final List<Runnable> held = new ArrayList<>();
    private int toHold;

    /** Holds the next tasks back until {@link #release()}. */
    public synchronized void hold(int tasks) {
        toHold = tasks;
    }

    /** {@return the number of tasks that are held back} */
    public synchronized int held() {
        return held.size();
    }

    @Override
    public synchronized void execute(Runnable task) {
        if (toHold > 0) {
            toHold--;
            held.add(task);
        } else {
            Thread thread = new Thread(task, "late-callback");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Runs the tasks that were held back, one after the other, and holds no more. */
    public void release() {
        released().forEach(Runnable::run);
    }

    /** Runs the tasks that were held back, the last one first, and holds no more. */
    public void releaseReversed() {
        List<Runnable> all = released();
        Collections.reverse(all);
        all.forEach(Runnable::run);
    }

    private synchronized List<Runnable> released() {
        toHold = 0;
        List<Runnable> all = new ArrayList<>(held);
        held.clear();
        return all;
    }
}

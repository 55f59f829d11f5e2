package dev.qmp.internal.client;

import dev.qmp.internal.engine.Cancellable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Runs tasks and timers on request of the test, and rejects them on request. */
final class ManualExecutor implements Executor {

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<Runnable> timers = new ArrayList<>();
    private @Nullable Error refusal;
    private @Nullable RuntimeException rejection;
    private boolean withoutTimers;

    void refuse(@Nullable Error error, @Nullable RuntimeException exception) {
        refusal = error;
        rejection = exception;
    }

    void accept() {
        refuse(null, null);
    }

    @Override
    public void execute(Runnable task) {
        if (refusal != null) {
            throw refusal;
        }
        if (rejection != null) {
            throw rejection;
        }
        tasks.add(task);
    }

    /** Fails to set timers from now on. */
    void refuseTimers() {
        withoutTimers = true;
    }

    Cancellable schedule(Duration delay, Runnable task) {
        if (withoutTimers) {
            throw new InternalError("on purpose");
        }
        timers.add(task);
        return () -> timers.remove(task);
    }

    int waiting() {
        return tasks.size();
    }

    int timers() {
        return timers.size();
    }

    void runNext() {
        tasks.remove().run();
    }

    /** Runs all tasks, and those that come with them. */
    void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Lets the time of all timers come. */
    void expire() {
        List<Runnable> expired = List.copyOf(timers);
        timers.clear();
        expired.forEach(Runnable::run);
    }
}

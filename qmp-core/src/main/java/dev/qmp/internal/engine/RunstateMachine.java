package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.protocol.SessionOutcome;
import dev.qmp.protocol.StateException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The only writer of a connection's runstate. It is written on the event loop and may be read by any thread. */
public final class RunstateMachine {

    private final String owner;
    private final Logger logger;
    private final FailureLog failures;
    private final Clock clock = Clock.systemUTC();
    private final List<Consumer<RunstateChange>> sinks = new CopyOnWriteArrayList<>();
    private final ArrayDeque<RunstateChange> untold = new ArrayDeque<>(1);
    private boolean telling;
    private long sessionBegan;
    private @Nullable EndedSession endedSession;
    /**
     * Contains the runstate, too. With two fields, a reader could see the change first and then the previous runstate.
     */
    private volatile @Nullable RunstateChange lastChange;

    /**
     * A session that has left {@code RUNNING}.
     *
     * @param left the change that left it
     * @param length how long it was {@code RUNNING}
     */
    record EndedSession(RunstateChange left, Duration length) {}

    RunstateMachine(String owner, Logger logger) {
        this(owner, logger, new FailureLog(logger));
    }

    RunstateMachine(String owner, Logger logger, FailureLog failures) {
        this.owner = owner;
        this.logger = logger;
        this.failures = failures;
    }

    /** {@return the runstate now} */
    public Runstate current() {
        RunstateChange change = lastChange;
        return change == null ? Runstate.IDLE : change.current();
    }

    /** {@return the last change; null if there was none} */
    public @Nullable RunstateChange lastChange() {
        return lastChange;
    }

    /** Adds a sink that receives every later change, on the event loop, in order. */
    public Registration addSink(Consumer<RunstateChange> sink) {
        sinks.add(sink);
        return () -> sinks.remove(sink);
    }

    /** {@return a FIFO of all later changes} See {@link dev.qmp.protocol.AsyncProtocol#watchRunstate}. */
    public RunstateWatcher watch(Loop loop) {
        return RunstateWatcher.of(this::current, loop::isOnAnyLoop, this::addSink);
    }

    /**
     * Adds a listener of the application, which receives every later change on an executor: see {@link ListenerSink}.
     */
    public Registration addListener(RunstateListener listener, Executor executor) {
        ListenerSink sink = new ListenerSink(listener, executor, logger);
        Registration registration = addSink(sink);
        return () -> {
            sink.close();
            registration.close();
        };
    }

    /** {@return the failure of an operation that requires another runstate} */
    StateException unexpected(Runstate required) {
        return new StateException(owner, current(), required);
    }

    /**
     * Changes the runstate and notifies the sinks. If a sink causes another change, the other sinks receive this one
     * first. A change to the present runstate has no effect.
     */
    @BottomHalf
    void move(Runstate next, @Nullable Throwable cause) {
        move(next, cause, null);
    }

    /**
     * Changes the runstate as {@link #move(Runstate, Throwable)} does, with the outcome of the session that the change
     * ends.
     */
    @BottomHalf
    void move(Runstate next, @Nullable Throwable cause, @Nullable SessionOutcome outcome) {
        Runstate previous = current();
        if (previous == next) {
            return;
        }
        if (!previous.mayBecome(next)) {
            throw new IllegalStateException(owner + " cannot go from " + previous + " to " + next);
        }
        RunstateChange change = new RunstateChange(previous, next, cause, clock.instant(), outcome);
        noteSession(change);
        logger.debug("{} -> {}", previous, next);
        lastChange = change;
        untold.add(change);
        if (!telling) {
            tellAll();
        }
    }

    private void noteSession(RunstateChange change) {
        if (change.current() == Runstate.RUNNING) {
            sessionBegan = System.nanoTime();
        }
        endedSession = change.previous() == Runstate.RUNNING
                ? new EndedSession(change, Duration.ofNanos(System.nanoTime() - sessionBegan))
                : null;
    }

    /** {@return the session that is ending; null if there was none, or it is still {@code RUNNING}} */
    @BottomHalf
    @Nullable
    EndedSession endedSession() {
        return endedSession;
    }

    private void tellAll() {
        telling = true;
        try {
            for (RunstateChange change = untold.poll(); change != null; change = untold.poll()) {
                for (Consumer<RunstateChange> sink : sinks) {
                    tell(sink, change);
                }
            }
        } finally {
            telling = false;
        }
    }

    private void tell(Consumer<RunstateChange> sink, RunstateChange change) {
        try {
            sink.accept(change);
        } catch (Throwable e) {
            failures.failed("A runstate sink failed", change.previous() + " -> " + change.current(), e);
        }
    }
}

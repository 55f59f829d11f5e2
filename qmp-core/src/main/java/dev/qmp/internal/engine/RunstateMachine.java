package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.RunstateWatcher;
import dev.qmp.protocol.SessionOutcome;
import dev.qmp.protocol.StateException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The only writer of a connection's runstate. It is written on the event loop and may be read by any thread. */
public final class RunstateMachine {

    private final String kind;
    private final String name;
    private final LoopScheduler scheduler;
    private final FailureLog failures;
    private volatile List<Consumer<RunstateChange>> sinks = List.of();
    /** Changes that wait while sinks are being notified; null at other times. */
    private @Nullable ArrayDeque<RunstateChange> unreported;

    /**
     * Contains the runstate, too. With two fields, a reader could see the change first and then the previous runstate.
     */
    private volatile @Nullable RunstateChange lastChange;

    /**
     * Creates a machine in {@code IDLE}.
     *
     * @param kind the name of the connection's class, for messages
     * @param name the connection's name, for messages
     * @param scheduler has the connection's event loop
     * @param failures has the connection's logger
     */
    RunstateMachine(String kind, String name, LoopScheduler scheduler, FailureLog failures) {
        this.kind = kind;
        this.name = name;
        this.scheduler = scheduler;
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
    Registration addSink(Consumer<RunstateChange> sink) {
        addToSinks(sink);
        return () -> removeFromSinks(sink);
    }

    private synchronized void addToSinks(Consumer<RunstateChange> sink) {
        sinks = Copies.with(sinks, sink);
    }

    private synchronized void removeFromSinks(Consumer<RunstateChange> sink) {
        sinks = Copies.without(sinks, sink);
    }

    /** {@return a FIFO of all later changes} See {@link dev.qmp.protocol.AsyncProtocol#watchRunstate}. */
    public RunstateWatcher watch(Loop loop) {
        RunstateMailbox mailbox = new RunstateMailbox(this::current, loop::isOnAnyLoop, this::removeFromSinks);
        addToSinks(mailbox);
        if (sinks.contains(Mark.CLOSED)) {
            mailbox.clientClosed();
        }
        return mailbox;
    }

    /** Ends all watchers, also those of the future, because the client is closed. Listeners stay. */
    public void endWatchers() {
        if (!sinks.contains(Mark.CLOSED)) {
            addToSinks(Mark.CLOSED);
        }
        for (Consumer<RunstateChange> sink : sinks) {
            if (sink instanceof RunstateMailbox mailbox) {
                mailbox.clientClosed();
            }
        }
    }

    /**
     * Adds a listener of the application, which receives every later change on an executor: see {@link ListenerSink}.
     */
    public Registration addListener(RunstateListener listener, Executor executor) {
        ListenerSink sink = new ListenerSink(listener, executor, failures.logger());
        Registration registration = addSink(sink);
        return () -> {
            sink.close();
            registration.close();
        };
    }

    /** {@return the failure of an operation that requires another runstate} */
    public StateException unexpected(Runstate required) {
        return new StateException(owner(), current(), required);
    }

    /**
     * Changes the runstate and notifies the sinks. If a sink causes another change, the other sinks receive this one
     * first. A change to the present runstate has no effect.
     */
    @BottomHalf
    void move(Runstate next, @Nullable Throwable cause) {
        scheduler.assertOnLoop();
        move(next, cause, null);
    }

    /**
     * Changes the runstate as {@link #move(Runstate, Throwable)} does, with the outcome of the session that the change
     * ends.
     */
    @BottomHalf
    void move(Runstate next, @Nullable Throwable cause, @Nullable SessionOutcome outcome) {
        scheduler.assertOnLoop();
        Runstate previous = current();
        if (previous == next) {
            return;
        }
        if (!previous.mayBecome(next)) {
            throw new IllegalStateException(owner() + " cannot go from " + previous + " to " + next);
        }
        RunstateChange change = new RunstateChange(previous, next, cause, Instant.now(), outcome);
        failures.logger().debug("{} -> {}", previous, next);
        lastChange = change;
        if (unreported != null) {
            unreported.add(change);
        } else {
            notifySinks(change);
        }
    }

    private String owner() {
        return kind + " '" + name + "'";
    }

    /** Notifies the sinks of a change, and then of the changes that they cause. */
    private void notifySinks(RunstateChange first) {
        ArrayDeque<RunstateChange> caused = new ArrayDeque<>();
        unreported = caused;
        try {
            for (RunstateChange change = first; change != null; change = caused.poll()) {
                for (Consumer<RunstateChange> sink : sinks) {
                    notifySink(sink, change);
                }
            }
        } finally {
            unreported = null;
        }
    }

    private void notifySink(Consumer<RunstateChange> sink, RunstateChange change) {
        try {
            sink.accept(change);
        } catch (Throwable e) {
            failures.failed("A runstate sink failed", change.previous() + " -> " + change.current(), e);
        }
    }

    /** Is among the sinks after the client's close. A flag would make the object of each connection larger. */
    private enum Mark implements Consumer<RunstateChange> {
        CLOSED;

        @Override
        public void accept(RunstateChange change) {}
    }
}

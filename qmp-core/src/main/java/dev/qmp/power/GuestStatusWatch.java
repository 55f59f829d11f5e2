package dev.qmp.power;

import dev.qmp.QmpClient;
import dev.qmp.error.Checks;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventSignal;
import dev.qmp.event.ListenerOptions;
import dev.qmp.event.Subscription;
import dev.qmp.protocol.Registration;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.type.RunState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the status of a guest over all sessions of its client, so that an application can read it at any time.
 *
 * <pre>{@code
 * GuestStatusWatch guest = GuestStatusWatch.open(vm);
 * guest.addListener(now -> log.info("{} is {}", vm.name(), now.status()));
 * boolean runs = RunState.RUNNING.equals(guest.current().status());
 * }</pre>
 *
 * <p>An event shows that the status may have changed, and a query ({@code query-status}) shows the status. The machine
 * is queried when a session begins, after such an event, and after lost events. One query is under way at a time. An
 * event during a query causes another one after it, so the last query begins after the last event.
 *
 * <p>While the status is {@code finish-migrate} or {@code inmigrate}, the machine is queried every two seconds, because
 * QEMU may leave them without an event: it sends none for {@code postmigrate}. If a guest does not run when it is
 * migrated, {@code postmigrate} is noticed only with the migration capability {@code events}, or by {@link #refresh()}.
 *
 * <p>A query that fails is repeated after two seconds, because a guest that has stopped sends no further event. If the
 * machine owes replies to commands whose deadlines have passed, the repetition waits for these replies. If the client's
 * command policy refuses the query, or the machine does not have it, only {@link #refresh()} and the next session query
 * again.
 *
 * <p>The status belongs to the session: it is unknown as soon as the client is not {@link Runstate#RUNNING}. The
 * deadline of a query is the client's command timeout.
 *
 * <p>The watch has no thread of its own. It ends with {@link #close()}, or with its client. Thread safety: any thread
 * may use it. No method waits.
 */
public final class GuestStatusWatch implements AutoCloseable {

    private static final EventFilter CHANGES = EventFilter.named(
            "STOP",
            "RESUME",
            "SHUTDOWN",
            "RESET",
            "SUSPEND",
            "SUSPEND_DISK",
            "WAKEUP",
            "WATCHDOG",
            "GUEST_PANICKED",
            "MIGRATION");

    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final QmpClient vm;
    /** Runs a task when the pause is over. */
    private final Executor afterPause;

    private final AtomicReference<SessionStatus> session = new AtomicReference<>(SessionStatus.unknown(Instant.now()));
    private final List<StatusListener> listeners = new CopyOnWriteArrayList<>();
    private final Subscription signals;
    private volatile boolean closed;

    /** Creates a watch whose pauses end when the executor runs a task. */
    GuestStatusWatch(QmpClient vm, Executor afterPause) {
        this.vm = vm;
        this.afterPause = afterPause;
        // on the event loop, so that a busy callback executor does not delay the end of a session
        this.signals =
                vm.events().subscribe(CHANGES, ListenerOptions.DEFAULTS.withRunstates(), Runnable::run, this::received);
        refresh(); // for a session that began before the subscription
    }

    /**
     * Follows the status of a guest from now on. The client may have a session, or have one later.
     *
     * @return the watch; close it before you drop it, unless the client is closed
     * @throws IllegalArgumentException if the client is one of a guest agent, which does not have the status
     */
    public static GuestStatusWatch open(QmpClient vm) {
        Objects.requireNonNull(vm, "vm");
        if (vm.isGuestAgent()) {
            throw new IllegalArgumentException(
                    "vm must be a client of a machine's monitor, and " + vm.name() + " is one of a guest agent");
        }
        return new GuestStatusWatch(
                vm, CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS, vm.callbackExecutor()));
    }

    /** {@return the client of the machine} */
    public QmpClient client() {
        return vm;
    }

    /** {@return what is known now, from memory} After {@link #close()} the status is unknown. */
    public GuestStatus current() {
        SessionStatus now = session();
        return (closed ? now.ended() : now).toGuestStatus();
    }

    /**
     * Registers a listener for changes of the status. If the status is known, the listener is called at once, and then
     * after each change, also when the status becomes unknown. The argument is what is known at the start of the call.
     *
     * <p>The calls come on the client's callback executor, one at a time, in the order of the changes, and without a
     * lock. Changes during a call are merged: the next call has the last status, or does not come if that is the same.
     * An exception is logged, and the listener receives the next change.
     *
     * @return ends the registration
     */
    public Registration addListener(Consumer<? super GuestStatus> listener) {
        Objects.requireNonNull(listener, "listener");
        StatusListener added = new StatusListener(this, listener, vm.callbackExecutor());
        listeners.add(added);
        if (current().status() != null) {
            added.changed();
        }
        return added;
    }

    void remove(StatusListener listener) {
        listeners.remove(listener);
    }

    /**
     * Queries the status now. If a query is under way, another one follows it, because its reply may be older than the
     * reason of this call. Without a session the call has no effect.
     */
    public void refresh() {
        if (closed || vm.runstate() != Runstate.RUNNING) {
            return;
        }
        StatusQuery query = new StatusQuery();
        if (!session.getAndUpdate(now -> now.begun(query)).underWay()) {
            try {
                query.execute(vm).whenComplete((status, failure) -> completed(query, status, failure));
            } catch (Throwable e) { // such as an OutOfMemoryError: the next query must not wait for this one
                failed(query, e);
                throw e;
            }
        }
    }

    /**
     * Queries the status unless the last query is under way, or began at most this time ago. For code that shows the
     * status now and then. There is no query either while the machine owes the reply to an earlier one, or if the
     * policy or the machine has refused it.
     *
     * @param age zero or more
     * @throws IllegalArgumentException if the age is negative
     */
    public void refreshIfOlder(Duration age) {
        Duration checked = Checks.positiveOrZero("age", age);
        SessionStatus now = session();
        if (now.isOlderThan(checked) && !now.isFutile() && (now.owed() == null || owesNothing())) {
            refresh();
        }
    }

    /**
     * Ends the watch. No call of a listener and no query begins afterwards. A call or query that has begun may still
     * run.
     */
    @Override
    public void close() {
        closed = true;
        signals.close();
        listeners.clear();
        session.updateAndGet(SessionStatus::ended);
    }

    boolean isClosed() {
        return closed;
    }

    // ------------------------------------------------------------------ signals and replies

    /** Handles a signal on the event loop. */
    void received(EventSignal signal) {
        if (signal instanceof EventSignal.RunstateChanged runstate) {
            if (runstate.change().current() == Runstate.RUNNING) {
                refresh();
            } else {
                endSession();
            }
        } else if (signal instanceof EventSignal.Received || signal instanceof EventSignal.Gap) {
            if (!session().isFutile()) {
                refresh();
            }
        }
    }

    private void endSession() {
        if (session.getAndUpdate(SessionStatus::ended).status() != null) {
            notifyListeners();
        }
    }

    private void completed(StatusQuery query, @Nullable RunState status, @Nullable Throwable failure) {
        if (failure == null) {
            answered(query, Objects.requireNonNull(status, "status"));
        } else {
            failed(query, failure);
        }
    }

    /** Handles a reply. If its query is not the last one, it belongs to an earlier session. */
    private void answered(StatusQuery query, RunState status) {
        SessionStatus before = session.getAndUpdate(now -> now.last() == query ? now.answered(status, query) : now);
        if (before.last() != query) {
            return;
        }
        if (!status.equals(before.status())) {
            notifyListeners();
        }
        if (before.again()) {
            refresh();
        } else if (before.isRepeatedAfter(status)) {
            repeatLater(query);
        }
    }

    /**
     * Handles a failure. Without a session, it is the end of the session that is noticed. The next session may have
     * requested a query meanwhile.
     */
    private void failed(StatusQuery query, Throwable failure) {
        boolean over = vm.runstate() != Runstate.RUNNING;
        SessionStatus before = session.getAndUpdate(
                now -> now.last() != query ? now : over ? now.ended() : now.failed(failure, query));
        if (before.last() != query) {
            return;
        }
        if (over) {
            notifyListeners();
            if (before.again()) {
                refresh();
            }
        } else if (before.again()) {
            refresh();
        } else if (before.isRepeatedAfter(failure)) {
            repeatLater(query);
        }
    }

    private void repeatLater(StatusQuery query) {
        afterPause.execute(() -> repeat(query));
    }

    /** Repeats a query, but not before the machine has replied to abandoned commands, because it would only wait. */
    private void repeat(StatusQuery query) {
        if (closed || session().repeated() != query) {
            return; // the session has ended, or another query has shown a status that lasts
        }
        if (!owesNothing()) {
            repeatLater(query);
            return;
        }
        SessionStatus before = session.getAndUpdate(now -> now.repeated() == query ? now.paused() : now);
        if (before.repeated() == query && !before.underWay()) {
            refresh();
        }
    }

    private SessionStatus session() {
        return Objects.requireNonNull(session.get(), "session");
    }

    private void notifyListeners() {
        listeners.forEach(StatusListener::changed);
    }

    private boolean owesNothing() {
        return vm.status().abandoned() == 0;
    }
}

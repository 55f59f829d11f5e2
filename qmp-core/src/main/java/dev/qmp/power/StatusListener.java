package dev.qmp.power;

import dev.qmp.error.Text;
import dev.qmp.protocol.Registration;
import dev.qmp.qapi.type.RunState;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls one listener on an executor, one call at a time, if the status differs from that of its last call.
 * Statuses that followed each other during a call or before it are merged, so nothing accumulates.
 */
final class StatusListener implements Registration {

    private static final Logger LOGGER = LoggerFactory.getLogger(GuestStatusWatch.class);

    private final GuestStatusWatch watch;
    private final Consumer<? super GuestStatus> callback;
    private final Executor executor;
    /** Changes that the delivery has not handled yet. The first one starts the delivery. */
    private final AtomicInteger changes = new AtomicInteger();
    /** The status of the last call. Used by the delivery only. */
    private @Nullable RunState received;

    private volatile boolean closed;

    StatusListener(GuestStatusWatch watch, Consumer<? super GuestStatus> callback, Executor executor) {
        this.watch = watch;
        this.callback = callback;
        this.executor = executor;
    }

    /** The status may have changed. */
    void changed() {
        if (changes.getAndIncrement() == 0) {
            executor.execute(this::deliver);
        }
    }

    private void deliver() {
        int handled;
        do {
            handled = changes.get();
            GuestStatus latest = watch.current();
            if (!closed && !watch.isClosed() && !Objects.equals(latest.status(), received)) {
                received = latest.status();
                call(latest);
            }
        } while (changes.addAndGet(-handled) > 0);
    }

    /** Catches everything, because the listener has to receive the next change, too. */
    private void call(GuestStatus latest) {
        try {
            callback.accept(latest);
        } catch (Throwable e) {
            logFailure(e);
        }
    }

    private void logFailure(Throwable failure) {
        try {
            LOGGER.warn(
                    "{}: a listener of the guest's status failed",
                    Text.printable(watch.client().name()),
                    failure);
        } catch (Throwable e) {
            // there is no other place to report it
        }
    }

    @Override
    public void close() {
        closed = true;
        watch.remove(this);
    }
}

package dev.qmp.power;

import dev.qmp.error.Text;
import dev.qmp.protocol.Registration;
import dev.qmp.qapi.type.RunState;
import dev.qmp.task.SerialRunner;
import java.util.Objects;
import java.util.concurrent.Executor;
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
    private final SerialRunner delivery;
    /** The status of the last call. Used by the delivery only. */
    private @Nullable RunState received;

    private volatile boolean closed;

    StatusListener(GuestStatusWatch watch, Consumer<? super GuestStatus> callback, Executor executor) {
        this.watch = watch;
        this.callback = callback;
        this.delivery = new SerialRunner(executor, this::deliver, this::logFailure);
    }

    /** The status may have changed. */
    void changed() {
        delivery.request();
    }

    private void deliver() {
        GuestStatus latest = watch.current();
        if (!closed && !watch.isClosed() && !Objects.equals(latest.status(), received)) {
            received = latest.status();
            callback.accept(latest);
        }
    }

    private void logFailure(Throwable failure) {
        LOGGER.warn(
                "{}: a listener of the guest's status failed",
                Text.printable(watch.client().name()),
                failure);
    }

    @Override
    public void close() {
        closed = true;
        watch.remove(this);
    }
}

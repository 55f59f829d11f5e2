package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.RunstateWatcher;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * Notifies a listener of the application of runstate changes, on an executor, in order. A listener that falls too far
 * behind receives the changes that wait and no more, as with a {@link RunstateWatcher}: no change is left out between
 * two that it receives.
 */
final class ListenerSink implements Consumer<RunstateChange> {

    private final RunstateListener listener;
    private final CallbackExecutor executor;
    private final Logger logger;
    private final Mailbox<RunstateChange> changes =
            Mailbox.bounded(RunstateWatcher.CAPACITY, "the runstate listener is too far behind");
    private final SerialDelivery delivery;
    /** Accessed by the event loop only. */
    private boolean ended;

    private volatile boolean closed;

    ListenerSink(RunstateListener listener, Executor executor, Logger logger) {
        this.listener = listener;
        FailureLog failures = new FailureLog(logger);
        this.executor = new CallbackExecutor(executor, failures);
        this.logger = logger;
        this.delivery = new SerialDelivery(this.executor, this::deliver, failures);
    }

    @Override
    @BottomHalf
    public void accept(RunstateChange change) {
        if (ended || closed) {
            return;
        }
        if (changes.add(change)) {
            delivery.request();
        } else {
            ended = true;
            logger.warn(
                    "A runstate listener fell {} changes behind: it receives these and no later ones",
                    RunstateWatcher.CAPACITY);
        }
    }

    private void deliver() {
        for (RunstateChange change = changes.poll(); change != null; change = changes.poll()) {
            RunstateChange next = change;
            if (!closed) {
                executor.runHere(() -> listener.runstateChanged(next));
            }
        }
    }

    /** Ends the notifications: no call begins after this one. */
    void close() {
        closed = true;
    }
}

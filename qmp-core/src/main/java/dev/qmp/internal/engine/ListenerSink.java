package dev.qmp.internal.engine;

import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.RunstateListener;
import dev.qmp.protocol.RunstateWatcher;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * Tells a listener of the application of changes, on an executor, in order. One that is left too far behind is told of
 * those that wait, and then of no more, like a {@link RunstateWatcher}: it may rely on it that none is left out in
 * between.
 */
final class ListenerSink implements Consumer<RunstateChange> {

    private final RunstateListener listener;
    private final SerialExecutor lane;
    private final Logger logger;
    /** Of the event loop only. */
    private boolean ended;

    private volatile boolean closed;

    ListenerSink(RunstateListener listener, Executor executor, Logger logger) {
        this.listener = listener;
        this.lane = new SerialExecutor(executor, RunstateWatcher.CAPACITY, logger);
        this.logger = logger;
    }

    @Override
    @BottomHalf
    public void accept(RunstateChange change) {
        if (!ended && !closed && !lane.offer(() -> tell(change))) {
            ended = true;
            logger.warn(
                    "A runstate listener was left {} changes behind: it is told of those, and of none that follow",
                    RunstateWatcher.CAPACITY);
        }
    }

    private void tell(RunstateChange change) {
        if (!closed) {
            listener.runstateChanged(change);
        }
    }

    /** No call starts any more. */
    void close() {
        closed = true;
    }
}

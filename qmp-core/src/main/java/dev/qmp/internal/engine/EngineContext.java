package dev.qmp.internal.engine;

import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.ProtocolOptions;
import org.slf4j.Logger;

/**
 * What the parts of one engine share, from its making to its end.
 *
 * @param <M> the protocol's message
 * @param options how the connection is treated
 * @param hooks what the protocol contributes
 * @param loop the connection's event loop, which owns all state
 * @param runstates the runstate and who is told of it
 * @param callbacks the way to the application's futures
 * @param logger the connection's logger
 * @param failures the log of failures of hooks and callbacks
 */
record EngineContext<M>(
        ProtocolOptions options,
        Hooks<M> hooks,
        Loop loop,
        RunstateMachine runstates,
        Callbacks callbacks,
        Logger logger,
        FailureLog failures) {

    static <M> EngineContext<M> of(String owner, ProtocolOptions options, Hooks<M> hooks, Loop loop) {
        Logger logger = ConnectionLogger.of(AsyncProtocol.class, options.name());
        FailureLog failures = new FailureLog(logger);
        return new EngineContext<>(
                options,
                hooks,
                loop,
                new RunstateMachine(owner + " '" + options.name() + "'", logger, failures),
                new Callbacks(loop, options.callbackExecutor(), failures),
                logger,
                failures);
    }

    /** Runs a task on the event loop, at once if this is it. */
    void onLoop(Runnable task) {
        if (loop.isOnLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }
}

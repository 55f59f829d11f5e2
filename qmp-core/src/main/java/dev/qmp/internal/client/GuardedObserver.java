package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The application's observer, whose failures are logged: no command may be kept from its outcome by who watches it. */
record GuardedObserver(CommandObserver observer, Logger logger) implements CommandObserver {

    /** {@return an observer that can do no harm: none at all if there is nothing to observe with} */
    static CommandObserver guard(CommandObserver observer, Logger logger) {
        return observer == NONE ? NONE : new GuardedObserver(observer, logger);
    }

    @Override
    public Observed commandIssued(QmpClient client, QmpCommand command) {
        try {
            Observed observed = observer.commandIssued(client, command);
            return failure -> completed(observed, command, failure);
        } catch (Throwable e) {
            logger.error("A command observer failed at the issue of {}", command.name(), e);
            return failure -> {};
        }
    }

    private void completed(Observed observed, QmpCommand command, @Nullable Throwable failure) {
        try {
            observed.commandCompleted(failure);
        } catch (Throwable e) {
            logger.error("A command observer failed at the outcome of {}", command.name(), e);
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The application's observer, whose failures are logged: no command may be kept from its outcome by who watches it. */
final class GuardedObserver implements CommandObserver {

    private final CommandObserver observer;
    private final Logger logger;
    private final AtomicBoolean failing = new AtomicBoolean();

    private GuardedObserver(CommandObserver observer, Logger logger) {
        this.observer = observer;
        this.logger = logger;
    }

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
            logFailure("issue", command, e);
            return failure -> {};
        }
    }

    private void completed(Observed observed, QmpCommand command, @Nullable Throwable failure) {
        try {
            observed.commandCompleted(failure);
        } catch (Throwable e) {
            logFailure("outcome", command, e);
        }
    }

    /** One trace is enough to find what is wrong, and an observer that fails once tends to fail at every command. */
    private void logFailure(String at, QmpCommand command, Throwable failure) {
        if (failing.compareAndSet(false, true)) {
            logger.error(
                    "A command observer failed at the {} of {}; further failures of it are logged at DEBUG",
                    at,
                    command.name(),
                    failure);
        } else {
            logger.debug("A command observer failed again, at the {} of {}", at, command.name(), failure);
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpCommand;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** The application's observer. Its failures are logged and do not affect the command. */
final class GuardedObserver implements CommandObserver {

    private final CommandObserver observer;
    private final FailureLog failures;

    private GuardedObserver(CommandObserver observer, Logger logger) {
        this.observer = observer;
        this.failures = new FailureLog(logger);
    }

    /** {@return an observer that never throws} It is {@link CommandObserver#NONE} if there is no observer. */
    static CommandObserver guard(CommandObserver observer, Logger logger) {
        return observer == NONE ? NONE : new GuardedObserver(observer, logger);
    }

    @Override
    public Observed commandIssued(QmpClient client, QmpCommand command) {
        try {
            Observed observed = observer.commandIssued(client, command);
            return failure -> completed(observed, command, failure);
        } catch (Throwable e) {
            failures.failed("A command observer failed", "the issue of " + Text.printable(command.name()), e);
            return failure -> {};
        }
    }

    private void completed(Observed observed, QmpCommand command, @Nullable Throwable failure) {
        try {
            observed.commandCompleted(failure);
        } catch (Throwable e) {
            failures.failed("A command observer failed", "the outcome of " + Text.printable(command.name()), e);
        }
    }
}

package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.error.Text;
import dev.qmp.internal.engine.FailureLog;
import dev.qmp.message.QmpCommand;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The application's observers as one that never throws. A failure is logged, and affects neither the command nor
 * another observer. They are notified of commands in their order, and of outcomes in the reverse order.
 */
final class CommandObservers implements CommandObserver {

    private static final Observed NOT_OBSERVED = failure -> {};

    private final List<CommandObserver> observers;
    private final FailureLog failures;

    private CommandObservers(List<CommandObserver> observers, FailureLog failures) {
        this.observers = observers;
        this.failures = failures;
    }

    /** {@return all observers as one; {@link CommandObserver#NONE} if there is none} */
    static CommandObserver of(List<CommandObserver> observers, FailureLog failures) {
        List<CommandObserver> active =
                observers.stream().filter(observer -> observer != NONE).toList();
        return active.isEmpty() ? NONE : new CommandObservers(active, failures);
    }

    @Override
    public Observed commandIssued(QmpClient client, QmpCommand command) {
        Observed all = NOT_OBSERVED;
        for (CommandObserver observer : observers) {
            all = issued(observer, client, command, all);
        }
        return all;
    }

    /** {@return the observer of the outcome, which notifies the earlier ones after this one} */
    private Observed issued(CommandObserver observer, QmpClient client, QmpCommand command, Observed earlier) {
        Observed observed;
        try {
            observed = observer.commandIssued(client, command);
        } catch (Throwable e) {
            failed(observer, "the issue", command, e);
            return earlier;
        }
        if (earlier == NOT_OBSERVED) {
            return failure -> completed(observer, observed, command, failure);
        }
        return failure -> {
            completed(observer, observed, command, failure);
            earlier.commandCompleted(failure);
        };
    }

    private void completed(
            CommandObserver observer, Observed observed, QmpCommand command, @Nullable Throwable failure) {
        try {
            observed.commandCompleted(failure);
        } catch (Throwable e) {
            failed(observer, "the outcome", command, e);
        }
    }

    /** Logs a failure. The failures of one observer do not suppress the lines of another. */
    private void failed(CommandObserver observer, String moment, QmpCommand command, Throwable failure) {
        failures.failed(
                "A command observer failed (" + observer.getClass().getName() + ")",
                moment + " of " + Text.printable(command.name()),
                failure);
    }
}

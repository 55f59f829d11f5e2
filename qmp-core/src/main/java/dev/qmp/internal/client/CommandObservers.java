package dev.qmp.internal.client;

import dev.qmp.CommandObserver;
import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Several observers as one. Each is guarded separately, so a failure of one does not affect the others. They are
 * notified of commands in their order, and of outcomes in the reverse order.
 */
final class CommandObservers implements CommandObserver {

    private final List<CommandObserver> observers;

    private CommandObservers(List<CommandObserver> observers) {
        this.observers = observers;
    }

    /** {@return all observers as one that never throws} */
    static CommandObserver of(List<CommandObserver> observers, Logger logger) {
        List<CommandObserver> guarded = observers.stream()
                .map(observer -> GuardedObserver.guard(observer, logger))
                .filter(observer -> observer != NONE)
                .toList();
        return switch (guarded.size()) {
            case 0 -> NONE;
            case 1 -> guarded.get(0);
            default -> new CommandObservers(guarded);
        };
    }

    @Override
    public Observed commandIssued(QmpClient client, QmpCommand command) {
        List<Observed> observed = new ArrayList<>(observers.size());
        for (CommandObserver observer : observers) {
            observed.add(observer.commandIssued(client, command));
        }
        return failure -> completed(observed, failure);
    }

    private static void completed(List<Observed> observed, @Nullable Throwable failure) {
        for (int i = observed.size() - 1; i >= 0; i--) {
            observed.get(i).commandCompleted(failure);
        }
    }
}

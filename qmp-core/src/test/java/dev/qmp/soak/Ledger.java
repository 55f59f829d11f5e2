package dev.qmp.soak;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What became of every command, and whether the machine agrees. Each has an id that the machine keeps when it executes it. */
final class Ledger {

    /** What the client says of a command. */
    enum Outcome {
        SUCCEEDED,
        NOT_SENT,
        UNKNOWN,
        REJECTED
    }

    private final Map<Outcome, Long> totals = new EnumMap<>(Outcome.class);
    private final Map<String, Outcome> ofThisMachine = new TreeMap<>();
    private long executed;
    private long unknownExecuted;

    synchronized void add(String id, @Nullable Throwable failure) {
        Outcome outcome = outcome(failure);
        totals.merge(outcome, 1L, Long::sum);
        ofThisMachine.put(id, outcome);
        if (outcome == Outcome.REJECTED) {
            throw new AssertionError(id + " was refused, as if it had been executed before", failure);
        }
    }

    private static Outcome outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return Outcome.SUCCEEDED;
        }
        return failure instanceof NotSentException
                ? Outcome.NOT_SENT
                : failure instanceof OutcomeUnknownException ? Outcome.UNKNOWN : Outcome.REJECTED;
    }

    /** Compares with what the machine has; it lives on. */
    synchronized void agree(Set<String> executedByMachine) {
        for (Map.Entry<String, Outcome> command : ofThisMachine.entrySet()) {
            boolean done = executedByMachine.contains(command.getKey());
            if (command.getValue() == Outcome.SUCCEEDED && !done) {
                throw new AssertionError(command.getKey() + " succeeded, but was never executed");
            }
            if (command.getValue() == Outcome.NOT_SENT && done) {
                throw new AssertionError(command.getKey() + " was said to be unsent, but was executed");
            }
        }
        for (String id : executedByMachine) {
            if (!ofThisMachine.containsKey(id)) {
                throw new AssertionError(id + " was executed, but never issued");
            }
        }
    }

    /** The machine is about to end; another one begins with nothing. */
    synchronized void forget(Set<String> executedByMachine) {
        for (String id : executedByMachine) {
            if (ofThisMachine.get(id) == Outcome.NOT_SENT) {
                throw new AssertionError(id + " was said to be unsent, but was executed");
            }
        }
        executed += executedByMachine.size();
        unknownExecuted += executedByMachine.stream()
                .filter(id -> ofThisMachine.get(id) == Outcome.UNKNOWN)
                .count();
        ofThisMachine.clear();
    }

    synchronized String report() {
        return "outcomes " + totals + ", executed by the oracle's count " + executed
                + " (of them with an unknown outcome " + unknownExecuted + ")";
    }
}

package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.event.EventNotSeenException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The commands that were issued to one machine, and their outcomes by its client. */
final class Ledger {

    private enum Outcome {
        SUCCEEDED,
        REJECTED,
        UNSENT,
        UNKNOWN
    }

    private final Map<String, Outcome> labelled = new HashMap<>();
    private final Map<String, Map<Outcome, Integer>> unlabelled = new HashMap<>();
    private final List<Throwable> surprises = new ArrayList<>();
    private final Map<String, Long> totals = new TreeMap<>();

    /**
     * Enters a command.
     *
     * @param label as of {@link Execution}
     * @return completes once the command's outcome is known and entered
     */
    CompletableFuture<Void> enter(String name, String label, CompletableFuture<?> command) {
        return command.handle((result, failure) -> {
            enter(name, label, failure);
            return null;
        });
    }

    private synchronized void enter(String name, String label, @Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException wrapper ? wrapper.getCause() : failure;
        Outcome outcome;
        String reason = "";
        if (cause == null) {
            outcome = Outcome.SUCCEEDED;
        } else if (cause instanceof EventNotSeenException) {
            outcome = Outcome.SUCCEEDED;
            reason = " EVENT NOT SEEN";
        } else if (cause instanceof NotSentException unsent) {
            outcome = Outcome.UNSENT;
            reason = " " + unsent.reason();
        } else if (cause instanceof OutcomeUnknownException unknown) {
            outcome = Outcome.UNKNOWN;
            reason = " " + unknown.reason();
        } else {
            outcome = Outcome.REJECTED;
            surprises.add(cause);
        }
        totals.merge(outcome + reason, 1L, Long::sum);
        if (label.isEmpty()) {
            unlabelled
                    .computeIfAbsent(name, unused -> new EnumMap<>(Outcome.class))
                    .merge(outcome, 1, Integer::sum);
        } else {
            labelled.put(label, outcome);
        }
    }

    /**
     * Holds all that was entered against all that was executed, and begins a new page. Every command must have its
     * outcome, and nothing may still be executing.
     *
     * @param executed in order; labels are made of their thread's, a dash and a growing number
     * @return how many commands of this ledger were executed
     */
    synchronized int balance(List<Execution> executed) {
        assertThat(surprises).as("refusals").isEmpty();
        int count = balanceLabelled(executed);
        for (Map.Entry<String, Map<Outcome, Integer>> entry : unlabelled.entrySet()) {
            Map<Outcome, Integer> outcomes = entry.getValue();
            int succeeded = outcomes.getOrDefault(Outcome.SUCCEEDED, 0);
            int unknown = outcomes.getOrDefault(Outcome.UNKNOWN, 0);
            int begun = (int) executed.stream()
                    .filter(execution -> execution.name().equals(entry.getKey()))
                    .count();
            assertThat(begun)
                    .as("executions of %s, of %s", entry.getKey(), outcomes)
                    .isBetween(succeeded, succeeded + unknown);
            count += begun;
        }
        labelled.clear();
        unlabelled.clear();
        return count;
    }

    private int balanceLabelled(List<Execution> executed) {
        Set<String> begun = new HashSet<>();
        Map<String, Integer> last = new HashMap<>();
        for (Execution execution : executed) {
            if (execution.isLabelled()) {
                String label = execution.label();
                assertThat(begun.add(label)).as("%s is executed once", label).isTrue();
                assertThat(labelled.get(label)).as("%s was executed", label).isIn(Outcome.SUCCEEDED, Outcome.UNKNOWN);
                int dash = label.lastIndexOf('-');
                int sequence = Integer.parseInt(label, dash + 1, label.length() - 1, 10);
                Integer before = last.put(label.substring(0, dash), sequence);
                assertThat(before == null || before < sequence)
                        .as("%s comes in the order in which its thread issued it, after %s", label, before)
                        .isTrue();
            }
        }
        labelled.forEach((label, outcome) -> {
            if (outcome == Outcome.SUCCEEDED) {
                assertThat(begun).as("%s succeeded", label).contains(label);
            }
        });
        return begun.size();
    }

    /** {@return how many commands came to which outcome, over all pages} */
    synchronized Map<String, Long> totals() {
        return new TreeMap<>(totals);
    }
}

package dev.qmp.spring.observation;

import dev.qmp.error.CommandException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.spring.observation.QmpObservationDocumentation.TaskKeyNames;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskOutcomeUnknownException;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * Names the observation {@code qmp.tasks}. The set of its keys is constant, and the number of their values is bounded.
 */
public class DefaultQmpTaskObservationConvention implements QmpTaskObservationConvention {

    /** Creates the convention. */
    public DefaultQmpTaskObservationConvention() {}

    @Override
    public String getName() {
        return "qmp.tasks";
    }

    @Override
    public String getContextualName(QmpTaskObservationContext context) {
        return "qmp " + context.getKind();
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(QmpTaskObservationContext context) {
        return KeyValues.of(
                TaskKeyNames.CONNECTION.withValue(context.getClient().name()),
                TaskKeyNames.OUTCOME.withValue(
                        context.getTask().isDone() ? outcome(context.getError()) : KeyValue.NONE_VALUE),
                TaskKeyNames.TASK.withValue(context.getKind()));
    }

    private static String outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return "SUCCESS";
        }
        if (failure instanceof TaskCancelledException) {
            return "CANCELLED";
        }
        if (failure instanceof TaskOutcomeUnknownException || failure instanceof OutcomeUnknownException) {
            return "UNKNOWN";
        }
        return failure instanceof CommandException ? "REJECTED" : "FAILED";
    }
}

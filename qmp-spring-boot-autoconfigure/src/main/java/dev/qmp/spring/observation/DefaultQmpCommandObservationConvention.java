package dev.qmp.spring.observation;

import dev.qmp.error.CommandTimeoutException;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.spring.observation.QmpObservationDocumentation.LowCardinalityKeyNames;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Names the observation {@code qmp.commands}. The set of its keys is constant, and the number of their values is
 * bounded.
 */
public class DefaultQmpCommandObservationConvention implements QmpCommandObservationConvention {

    private static final Set<String> ERROR_CLASSES = Set.of(
            QmpErrorInfo.GENERIC_ERROR,
            QmpErrorInfo.COMMAND_NOT_FOUND,
            "DeviceNotActive",
            "DeviceNotFound",
            "KVMMissingCap");

    /**
     * Limit of distinct command names, above the number of commands of any QEMU. Further names are counted as {@code
     * UNKNOWN}.
     */
    private static final int MAX_COMMANDS = 512;

    private static final String UNKNOWN = "UNKNOWN";

    private final String name;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /** Creates the convention with the usual name. */
    public DefaultQmpCommandObservationConvention() {
        this("qmp.commands");
    }

    /** Creates the convention with another name. */
    public DefaultQmpCommandObservationConvention(String name) {
        this.name = name;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public String getContextualName(QmpCommandObservationContext context) {
        return "qmp " + context.getCommand().name();
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(QmpCommandObservationContext context) {
        return KeyValues.of(command(context), connection(context), errorClass(context), outcome(context));
    }

    /**
     * {@return the command's name, if a machine has executed the command, or rejected it for a reason other than that
     *     it is unknown}
     *
     * <p>Before that, and while the first such command runs, the value is {@code UNKNOWN}. So misspelt or invented
     * names do not become meters.
     */
    protected KeyValue command(QmpCommandObservationContext context) {
        String command = context.getCommand().name();
        if (context.isCompleted() && isKnown(context.getError()) && known.size() < MAX_COMMANDS) {
            known.add(command);
        }
        return LowCardinalityKeyNames.COMMAND.withValue(known.contains(command) ? command : UNKNOWN);
    }

    /** A command without a reply proves nothing, because the machine might have rejected it as unknown. */
    private static boolean isKnown(@Nullable Throwable failure) {
        return failure == null
                || (failure instanceof RejectedException rejection
                        && !rejection.errorClass().equals(QmpErrorInfo.COMMAND_NOT_FOUND));
    }

    /** {@return the connection's name} */
    protected KeyValue connection(QmpCommandObservationContext context) {
        return LowCardinalityKeyNames.CONNECTION.withValue(context.getClient().name());
    }

    /** {@return the class of the machine's error} */
    protected KeyValue errorClass(QmpCommandObservationContext context) {
        if (!(context.getError() instanceof RejectedException rejection)) {
            return LowCardinalityKeyNames.ERROR_CLASS.withValue(KeyValue.NONE_VALUE);
        }
        return LowCardinalityKeyNames.ERROR_CLASS.withValue(
                ERROR_CLASSES.contains(rejection.errorClass()) ? rejection.errorClass() : "other");
    }

    /** {@return the command's outcome; {@code none} while it runs} */
    protected KeyValue outcome(QmpCommandObservationContext context) {
        return LowCardinalityKeyNames.OUTCOME.withValue(
                context.isCompleted() ? outcome(context.getError()) : KeyValue.NONE_VALUE);
    }

    private static String outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return "SUCCESS";
        }
        if (failure instanceof RejectedException) {
            return "REJECTED";
        }
        if (failure instanceof CommandTimeoutException
                || (failure instanceof NotSentException unsent
                        && unsent.reason() == NotSentException.Reason.TIMED_OUT)) {
            return "TIMEOUT";
        }
        if (failure instanceof NotSentException) {
            return "NOT_SENT";
        }
        return failure instanceof CancellationException ? "CANCELLED" : UNKNOWN;
    }
}

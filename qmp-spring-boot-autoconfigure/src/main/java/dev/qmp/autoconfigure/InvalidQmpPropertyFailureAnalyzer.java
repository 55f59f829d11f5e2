package dev.qmp.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells of a property that cannot be used, and what it accepts. */
final class InvalidQmpPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidQmpPropertyException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidQmpPropertyException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Set " + cause.getProperty() + " to what it accepts: " + cause.getAccepted() + "."
                        + (isOfAConnection(cause.getProperty())
                                ? " A value for all connections stands under qmp.defaults."
                                : ""),
                cause);
    }

    private static boolean isOfAConnection(String property) {
        return property.startsWith("qmp.connection.") || property.startsWith("qmp.defaults.");
    }
}

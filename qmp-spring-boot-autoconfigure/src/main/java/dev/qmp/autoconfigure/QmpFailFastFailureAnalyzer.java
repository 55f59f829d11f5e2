package dev.qmp.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells of a connection that the application cannot start without. */
final class QmpFailFastFailureAnalyzer extends AbstractFailureAnalyzer<QmpFailFastException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, QmpFailFastException cause) {
        String prefix = "qmp.connection." + cause.getConnectionName();
        return new FailureAnalysis(
                cause.getMessage(),
                "Start the machine, or correct " + prefix + ".address. To let the application start without it, and"
                        + " connect once it is there, set " + prefix + ".fail-fast to false.",
                cause);
    }
}

package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Describes the connection that stopped the start, and the remedy. */
final class QmpFailFastFailureAnalyzer extends AbstractFailureAnalyzer<QmpFailFastException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, QmpFailFastException cause) {
        String prefix = ConnectionNames.keyOf(Text.printable(cause.getConnectionName()));
        return new FailureAnalysis(
                cause.getMessage(),
                remedy(cause.getConnectionName(), cause.getCause(), prefix)
                        + " To let the application start without it, and" + " connect once it is there, set " + prefix
                        + ".fail-fast to false.",
                cause);
    }

    private static String remedy(String connection, @Nullable Throwable failure, String prefix) {
        String hint = QmpFailureHint.atStart(connection, failure);
        return hint == null ? "Start the machine, or correct " + prefix + ".address." : hint;
    }
}

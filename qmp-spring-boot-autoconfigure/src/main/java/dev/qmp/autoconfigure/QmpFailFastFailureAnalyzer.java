package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells of a connection that the application cannot start without. */
final class QmpFailFastFailureAnalyzer extends AbstractFailureAnalyzer<QmpFailFastException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, QmpFailFastException cause) {
        String prefix = "qmp.connection." + Text.printable(cause.getConnectionName());
        return new FailureAnalysis(
                cause.getMessage(),
                remedy(cause.getCause(), prefix) + " To let the application start without it, and"
                        + " connect once it is there, set " + prefix + ".fail-fast to false.",
                cause);
    }

    private static String remedy(@Nullable Throwable failure, String prefix) {
        ConnectPhase phase = failure instanceof QmpConnectException connect ? connect.phase() : ConnectPhase.TRANSPORT;
        return switch (phase) {
            case TLS ->
                "Check " + prefix + ".ssl.bundle: its truststore must hold the authority that signed the machine's"
                        + " certificate, and the certificate must name the host in " + prefix + ".address.";
            case IDENTITY ->
                "Correct " + prefix + ".address, or set " + prefix + ".identity-policy to any, if the machine was"
                        + " replaced.";
            default -> "Start the machine, or correct " + prefix + ".address.";
        };
    }
}

package dev.qmp.internal.transport;

import dev.qmp.error.Text;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import io.netty.handler.ssl.NotSslRecordException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import org.jspecify.annotations.Nullable;

/**
 * Names the reason why there is no TLS session, and the remedy. All these failures are retryable, because certificates
 * are renewed and stores are reloaded while clients run.
 */
final class TlsFailures {

    private TlsFailures() {}

    static QmpConnectException badConfiguration(Throwable cause) {
        return failure("the TLS options cannot be used: " + Text.messageOf(cause), cause);
    }

    static QmpConnectException handshake(Throwable cause) {
        return failure(explained(cause), cause);
    }

    private static String explained(Throwable cause) {
        if (cause instanceof NotSslRecordException) {
            return "the peer does not speak TLS: switch TLS off here, or on there";
        }
        if (find(cause, CertificateExpiredException.class) != null) {
            return "the peer's certificate has expired: renew it (" + innermost(cause) + ")";
        }
        if (find(cause, CertificateNotYetValidException.class) != null) {
            return "the peer's certificate is not valid yet: check the clocks (" + innermost(cause) + ")";
        }
        if (find(cause, CertPathBuilderException.class) != null) {
            return "the peer's certificate is not trusted: add the authority that issued it to the trust store ("
                    + innermost(cause) + ")";
        }
        // not the text of the handshake's exception, to which newer JDKs add the name of the alert
        Throwable refused = find(cause, CertificateException.class);
        if (refused != null) {
            String reason = refused.getMessage();
            return "the peer's certificate is refused: " + (reason == null ? innermost(cause) : reason);
        }
        String text = cause.getMessage();
        return text == null ? "the peer closed the connection" : text;
    }

    private static @Nullable Throwable find(Throwable failure, Class<? extends Throwable> type) {
        Throwable current = failure;
        while (current != null && !type.isInstance(current)) {
            current = current.getCause();
        }
        return current;
    }

    private static String innermost(Throwable failure) {
        Throwable current = failure;
        for (Throwable cause = current.getCause(); cause != null; cause = current.getCause()) {
            current = cause;
        }
        return Text.messageOf(current);
    }

    private static QmpConnectException failure(String why, Throwable cause) {
        return new QmpConnectException(ConnectPhase.TLS, true, ConnectPhase.TLS.failure() + ": " + why, cause);
    }
}

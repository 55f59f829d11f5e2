package dev.qmp.autoconfigure;

import dev.qmp.HandshakePhase;
import dev.qmp.QmpClientStatus;
import dev.qmp.SessionEnd;
import dev.qmp.error.Text;
import dev.qmp.message.InternalApi;
import dev.qmp.protocol.ConnectPhase;
import dev.qmp.protocol.QmpConnectException;
import java.security.cert.CertificateException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/**
 * Names the properties that a connection's failure concerns. The core's messages name the builder's options instead,
 * because the core works without Spring.
 */
@InternalApi
public final class QmpFailureHint {

    /** An option as the core names it: {@code (maxMessageSize)}, or after other text in the same parentheses. */
    private static final Pattern OPTION = Pattern.compile("[( ]([a-z]+(?:[A-Z][a-z]+)+)\\)");

    private QmpFailureHint() {}

    /** {@return the hint for the last failed attempt, or else for the end of the last session; null for none} */
    public static @Nullable String of(String connection, QmpClientStatus status) {
        String hint = of(connection, status.lastError());
        SessionEnd end = status.lastEnd();
        return hint == null && end != null ? of(connection, end.cause()) : hint;
    }

    /**
     * {@return the remedy for a failure; null if no property concerns it}
     *
     * @param connection the connection's name
     * @param failure the failure of the last attempt, or the cause of the last session's end; null for none
     */
    public static @Nullable String of(String connection, @Nullable Throwable failure) {
        if (failure == null) {
            return null;
        }
        String name = Text.printable(connection);
        String prefix = ConnectionNames.keyOf(name);
        if (failure instanceof QmpConnectException attempt) {
            if (attempt.phase() == HandshakePhase.IDENTITY) {
                return "Set " + prefix + ".identity-policy=any to take any machine. To go on with this one without a"
                        + " restart, send POST /actuator/qmp/" + name
                        + " with {\"action\": \"reconnect\"} (it needs management.endpoint.qmp.access=unrestricted), or"
                        + " call disconnect() and then start() of its client in QmpClients.";
            }
            if (attempt.phase() == ConnectPhase.TLS) {
                return ofTls(prefix, attempt);
            }
        }
        return ofOption(prefix, String.valueOf(failure.getMessage()));
    }

    /** {@return the hint during the start, before the client exists; null for none} */
    static @Nullable String atStart(String connection, @Nullable Throwable failure) {
        if (failure instanceof QmpConnectException attempt && attempt.phase() == HandshakePhase.IDENTITY) {
            String prefix = ConnectionNames.keyOf(Text.printable(connection));
            return "Correct " + prefix + ".address, or set " + prefix + ".identity-policy=any to take any machine.";
        }
        return of(connection, failure);
    }

    private static String ofTls(String prefix, Throwable failure) {
        boolean untrusted = false;
        boolean certificate = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            untrusted |= String.valueOf(cause.getMessage()).contains("PKIX path");
            certificate |= cause instanceof CertificateException;
        }
        if (!untrusted && !certificate) {
            return "If the machine does not speak TLS, set " + prefix + ".ssl.enabled=false. If it does, check "
                    + prefix + ".ssl.bundle.";
        }
        return untrusted
                ? "The truststore of " + prefix
                        + ".ssl.bundle lacks the authority that signed the machine's certificate,"
                        + " or the certificate has expired."
                : "Check " + prefix + ".ssl.bundle and " + prefix + ".address: the machine's certificate must be valid"
                        + " for the host.";
    }

    private static @Nullable String ofOption(String prefix, String message) {
        Matcher option = OPTION.matcher(message);
        while (option.find()) {
            KnownKey key = KnownKey.ofConnection().child(KnownKey.uniform(option.group(1)));
            if (key != null) {
                return "The property is " + prefix + "." + DataObjectPropertyName.toDashedForm(option.group(1)) + ".";
            }
        }
        return null;
    }
}

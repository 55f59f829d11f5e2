package dev.qmp.protocol;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * How to speak TLS.
 *
 * @param context asked at every connect, so that renewed certificates count from the next session on; on a thread that
 *     may block, within the deadline of the connect
 * @param verifyHostname whether the server's certificate must name the host that was asked for
 * @param protocols the TLS versions to allow; empty for the platform's
 * @param cipherSuites the cipher suites to allow; empty for the platform's
 * @param requireClientCertificate whether a peer that dials us must show a certificate
 */
public record TlsOptions(
        Supplier<SSLContext> context,
        boolean verifyHostname,
        List<String> protocols,
        List<String> cipherSuites,
        boolean requireClientCertificate) {

    /** Copies the lists. */
    public TlsOptions {
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(protocols, "protocols");
        Objects.requireNonNull(cipherSuites, "cipherSuites");
        protocols = List.copyOf(protocols);
        cipherSuites = List.copyOf(cipherSuites);
    }

    /** {@return options that verify the host name and demand a certificate of whoever dials us} */
    public static TlsOptions of(SSLContext context) {
        Objects.requireNonNull(context, "context");
        return of(() -> context);
    }

    /** {@return the same, for a context that may change} */
    public static TlsOptions of(Supplier<SSLContext> context) {
        Objects.requireNonNull(context, "context");
        return new TlsOptions(context, true, List.of(), List.of(), true);
    }
}

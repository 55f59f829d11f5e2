package dev.qmp.protocol;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * The TLS options of a connection.
 *
 * @param context supplies the context at every connect, so renewed certificates take effect with the next session. It
 *     runs on a thread that may block, within the connect timeout. So do the trust and key managers of the context
 * @param verifyHostname whether the server's certificate must name the host of the endpoint
 * @param protocols the allowed TLS versions; empty for the platform's default
 * @param cipherSuites the allowed cipher suites; empty for the platform's default
 * @param requireClientCertificate whether a peer that dials this side must present a certificate
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

    /** {@return options that verify the host's name, and require a certificate of a peer that dials this side} */
    public static TlsOptions of(SSLContext context) {
        Objects.requireNonNull(context, "context");
        return of(() -> context);
    }

    /** {@return the same options, for a context that may change} */
    public static TlsOptions of(Supplier<SSLContext> context) {
        Objects.requireNonNull(context, "context");
        return new TlsOptions(context, true, List.of(), List.of(), true);
    }
}

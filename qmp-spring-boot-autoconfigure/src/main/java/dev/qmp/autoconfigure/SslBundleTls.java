package dev.qmp.autoconfigure;

import dev.qmp.protocol.TlsOptions;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;

/** Turns SSL bundles into what the core speaks TLS with. The bundle is looked up at every connect: a reload counts then. */
final class SslBundleTls {

    private final ObjectProvider<SslBundles> bundles;

    SslBundleTls(ObjectProvider<SslBundles> bundles) {
        this.bundles = bundles;
    }

    @Nullable
    TlsOptions options(QmpConnectionSettings connection, @Nullable QmpConnectionDetails details) {
        SslBundle given = details == null ? null : details.getSslBundle(connection.name());
        if (given != null) {
            return options(given, () -> given);
        }
        String name = connection.sslBundle();
        if (!connection.isTls() || name == null) {
            return null;
        }
        SslBundles available = bundles.getIfAvailable();
        if (available == null) {
            throw connection.invalidSslBundle("there are no SSL bundles");
        }
        try {
            return options(available.getBundle(name), () -> available.getBundle(name));
        } catch (NoSuchSslBundleException e) {
            throw connection.invalidSslBundle("there is no such bundle");
        }
    }

    private static TlsOptions options(SslBundle now, Supplier<SslBundle> later) {
        SslOptions options = now.getOptions();
        return new TlsOptions(
                () -> later.get().createSslContext(),
                true,
                listOf(options.getEnabledProtocols()),
                listOf(options.getCiphers()),
                true);
    }

    private static List<String> listOf(String @Nullable [] values) {
        return values == null ? List.of() : List.of(values);
    }
}

package dev.qmp.autoconfigure;

import dev.qmp.protocol.TlsOptions;
import dev.qmp.spring.QmpConnectionDetails;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;

/**
 * Converts SSL bundles to the core's TLS options. The bundle is read at every connect, so a reload takes effect
 * then. An update handler, one for each bundle, lets clients connect at once whose certificates were refused.
 */
final class SslBundleTls {

    private final ObjectProvider<SslBundles> bundles;
    private final SslBundleCheck check;
    private final Runnable reloaded;
    private final Set<String> watched = ConcurrentHashMap.newKeySet();

    SslBundleTls(ObjectProvider<SslBundles> bundles, SslBundleCheck check, Runnable reloaded) {
        this.bundles = bundles;
        this.check = check;
        this.reloaded = reloaded;
    }

    @Nullable
    TlsOptions options(QmpConnectionSettings connection, QmpConnectionDetails details) {
        SslBundle given = details.getSslBundle(connection.name());
        if (given != null) {
            watchByIdentity(given);
            return options(given, () -> latest(details, connection.name(), given));
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
            // loaded once, however many connections use it
            SslBundle bundle =
                    watched.contains(name) ? available.getBundle(name) : check.load(connection, available, name);
            watch(available, name);
            return options(bundle, () -> available.getBundle(name));
        } catch (NoSuchSslBundleException e) {
            throw connection.invalidSslBundle("there is no such bundle, only " + available.getBundleNames());
        }
    }

    private static SslBundle latest(QmpConnectionDetails details, String connection, SslBundle fallback) {
        SslBundle latest = details.getSslBundle(connection);
        return latest == null ? fallback : latest;
    }

    /** Details give a bundle without its name. It need not be one of the application's bundles. */
    private void watchByIdentity(SslBundle given) {
        SslBundles available = bundles.getIfAvailable();
        if (available != null) {
            available.getBundleNames().stream()
                    .filter(name -> available.getBundle(name) == given)
                    .forEach(name -> watch(available, name));
        }
    }

    private void watch(SslBundles available, String name) {
        if (watched.add(name)) {
            available.addBundleUpdateHandler(name, bundle -> reloaded.run());
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

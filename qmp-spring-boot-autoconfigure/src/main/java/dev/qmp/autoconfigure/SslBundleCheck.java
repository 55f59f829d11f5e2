package dev.qmp.autoconfigure;

import java.io.FileNotFoundException;
import java.nio.file.FileSystemException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.UnrecoverableKeyException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.core.env.Environment;

/**
 * Loads an SSL bundle when a connection is made, because Boot reads the files of a bundle only when they are needed. A
 * bundle that cannot be loaded stops the start, with the properties that name its files. Otherwise every attempt to
 * connect would fail in the background.
 */
final class SslBundleCheck {

    private static final String PEM = "spring.ssl.bundle.pem";
    private static final String JKS = "spring.ssl.bundle.jks";
    private static final List<String> PEM_FILES =
            List.of("keystore.certificate", "keystore.private-key", "truststore.certificate");
    private static final List<String> JKS_FILES = List.of("keystore.location", "truststore.location");

    private final Environment environment;

    SslBundleCheck(Environment environment) {
        this.environment = environment;
    }

    /**
     * {@return a bundle that can be loaded}
     *
     * @throws NoSuchSslBundleException if there is no bundle of that name
     * @throws InvalidQmpPropertyException if the bundle cannot be loaded
     */
    SslBundle load(QmpConnectionSettings connection, SslBundles bundles, String name) {
        try {
            SslBundle bundle = bundles.getBundle(name);
            checkStores(bundle.getStores());
            bundle.createSslContext();
            return bundle;
        } catch (NoSuchSslBundleException e) {
            throw e;
        } catch (RuntimeException | KeyStoreException e) {
            throw unusable(connection, name, e);
        }
    }

    private static void checkStores(@Nullable SslStoreBundle stores) throws KeyStoreException {
        KeyStore keys = stores == null ? null : stores.getKeyStore();
        if (keys != null && !hasKey(keys)) {
            throw new KeyStoreException("the key store has no private key");
        }
        KeyStore trusted = stores == null ? null : stores.getTrustStore();
        if (trusted != null && trusted.size() == 0) {
            throw new KeyStoreException("the trust store has no certificate");
        }
    }

    private static boolean hasKey(KeyStore keys) throws KeyStoreException {
        for (String alias : Collections.list(keys.aliases())) {
            if (keys.isKeyEntry(alias)) {
                return true;
            }
        }
        return false;
    }

    private InvalidQmpPropertyException unusable(QmpConnectionSettings connection, String name, Exception failure) {
        String causes = causes(failure);
        List<String> properties = new ArrayList<>(properties(PEM, name, PEM_FILES, causes));
        boolean isPem = !properties.isEmpty();
        properties.addAll(properties(JKS, name, JKS_FILES, causes));
        return connection.unusableSslBundle(
                "the SSL bundle '" + name + "' cannot be loaded: " + causes
                        + (properties.isEmpty() ? "" : "; see " + String.join(", ", properties)),
                remedy(failure, causes, (isPem ? PEM : JKS) + "." + name + ".", isPem),
                failure);
    }

    /** {@return the messages of a failure and its causes, without those that an earlier one repeats} */
    private static String causes(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            if (text.indexOf(message) < 0) {
                text.append(text.isEmpty() ? "" : ": ").append(message);
            }
        }
        return text.toString();
    }

    /** {@return the properties that name the files of the store that failed, or of both if the failure names none} */
    private List<String> properties(String group, String bundle, List<String> keys, String causes) {
        String text = causes.toLowerCase(Locale.ROOT);
        boolean trustStore = text.contains("trust store");
        boolean keyStore = text.contains("key store") || text.contains("keystore") || text.contains("key manager");
        List<String> properties = new ArrayList<>();
        for (String key : keys) {
            String value = value(group, bundle, key);
            boolean isOfTrustStore = key.startsWith("trust");
            boolean fits = trustStore == keyStore || isOfTrustStore == trustStore;
            if (value != null && fits) {
                properties.add(group + "." + bundle + "." + key + "=" + value);
            }
        }
        return properties;
    }

    /** {@return where a file is, without content that the property itself holds; null if the property is not set} */
    private @Nullable String value(String group, String bundle, String key) {
        String name = group + "[" + bundle + "]." + key;
        if (!ConfigurationPropertyName.isValid(name)) {
            return null;
        }
        String value = Binder.get(environment)
                .bind(ConfigurationPropertyName.of(name), Bindable.of(String.class))
                .orElse(null);
        boolean isContent = value != null && (value.contains("-----BEGIN") || value.startsWith("base64:"));
        return isContent ? "(content)" : value;
    }

    private static String remedy(Throwable failure, String causes, String prefix, boolean isPem) {
        if (has(failure, FileNotFoundException.class) || has(failure, FileSystemException.class)) {
            return "Correct the path, or make the file readable for the user "
                    + System.getProperty("user.name", "of this process") + ".";
        }
        if (causes.contains("Get Key failed")) {
            return "Set " + prefix + "key.password to the password of the key.";
        }
        if (causes.contains("assword") || causes.contains("decrypt") || has(failure, UnrecoverableKeyException.class)) {
            String store = causes.contains("trust store") ? "truststore." : "keystore.";
            return "Set " + prefix + (isPem ? "keystore.private-key-password" : store + "password")
                    + " to the password of the file.";
        }
        if (causes.contains("alias")) {
            return "Correct " + prefix + "key.alias; keytool -list -keystore FILE lists the aliases.";
        }
        if (causes.contains("has no private key")) {
            return isPem
                    ? "Set " + prefix
                            + "keystore.private-key, or set truststore.certificate instead, if the certificate"
                            + " is that of an authority."
                    : "Add the private key to the key store, or set " + prefix + "truststore.location instead, if the"
                            + " store has only the certificate of an authority.";
        }
        if (isPem) {
            return "The files must be PEM text. A certificate begins with -----BEGIN CERTIFICATE-----, a key with"
                    + " -----BEGIN PRIVATE KEY-----. Convert another key by:"
                    + " openssl pkcs8 -topk8 -nodes -in KEY -out NEW";
        }
        return "Check the file, its password and its type: keytool -list -keystore FILE must list its entries.";
    }

    private static boolean has(Throwable failure, Class<? extends Exception> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }
}

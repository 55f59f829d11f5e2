package dev.qmp.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * An authority and the certificates it signed, made by the JDK's keytool, as Java's key stores and as the PEM files
 * that QEMU reads.
 */
public final class Certificates {

    private static final String PASSWORD = TestKeys.PASSWORD;
    private static final String AUTHORITY = "ca";

    private final Path folder;

    private Certificates(Path folder) {
        this.folder = folder;
    }

    /** {@return a new authority in a folder, with its certificate there as {@code ca-cert.pem}} */
    public static Certificates in(Path folder) {
        Certificates certificates = new Certificates(folder);
        certificates.generate(AUTHORITY, "-ext", "bc:c");
        certificates.writeCertificate(AUTHORITY);
        return certificates;
    }

    /**
     * Signs a certificate and writes it as {@code NAME-cert.pem} and {@code NAME-key.pem}.
     *
     * @param name of the files, {@code server} or {@code client} for QEMU
     * @param subjectAltName as keytool takes it, such as {@code dns:localhost,ip:127.0.0.1}
     */
    public Certificates issue(String name, String subjectAltName) {
        try {
            // keytool signs within one store
            Files.copy(store(AUTHORITY), store(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        generate(name, "-ext", "san=" + subjectAltName, "-signer", AUTHORITY);
        writeCertificate(name);
        writeKey(name);
        return this;
    }

    /** {@return a context that shows the named certificate (null for none) and trusts this authority} */
    public SSLContext context(String name) {
        return context(this, name);
    }

    /** {@return a context that shows a certificate of another authority, and trusts this one} */
    public SSLContext context(Certificates strangers, String name) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry(AUTHORITY, load(AUTHORITY).getCertificate(AUTHORITY));
            KeyStore own = name == null ? null : strangers.load(name);
            if (own != null) {
                own.deleteEntry(AUTHORITY);
            }
            return context(own, trusted);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyStore keys, KeyStore trusted) throws GeneralSecurityException {
        KeyManager[] keyManagers = null;
        if (keys != null) {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keys, PASSWORD.toCharArray());
            keyManagers = factory.getKeyManagers();
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        TrustManager[] trustManagers = trust.getTrustManagers();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers, trustManagers, null);
        return context;
    }

    private KeyStore load(String name) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store(name))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private Path store(String name) {
        return folder.resolve(name + ".p12");
    }

    private void writeCertificate(String name) {
        try {
            writePem(
                    name + "-cert.pem",
                    "CERTIFICATE",
                    load(name).getCertificate(name).getEncoded());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void writeKey(String name) {
        try {
            Key key = load(name).getKey(name, PASSWORD.toCharArray());
            writePem(name + "-key.pem", "PRIVATE KEY", key.getEncoded());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void writePem(String file, String what, byte[] bytes) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(
                folder.resolve(file), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }

    private void generate(String name, String... more) {
        TestKeys.keytool(store(name), name, "RSA", more);
    }
}

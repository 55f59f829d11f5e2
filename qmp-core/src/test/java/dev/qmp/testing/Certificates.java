package dev.qmp.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * An authority and the certificates it signed, made by the JDK's keytool, as Java's key stores and as the PEM files that
 * QEMU reads.
 */
public final class Certificates {

    private static final String PASSWORD = "changeit";

    private final Path folder;

    private Certificates(Path folder) {
        this.folder = folder;
    }

    /** {@return a new authority in a folder, with its certificate there as {@code ca-cert.pem}} */
    public static Certificates in(Path folder) {
        Certificates certificates = new Certificates(folder);
        certificates.keytool(
                "ca", "-genkeypair", "-keyalg", "RSA", "-dname", "CN=ca", "-ext", "bc:c", "-validity", "2");
        certificates.keytool(
                "ca",
                "-exportcert",
                "-rfc",
                "-file",
                folder.resolve("ca-cert.pem").toString());
        return certificates;
    }

    /**
     * Signs a certificate and writes it as {@code NAME-cert.pem} and {@code NAME-key.pem}.
     *
     * @param name of the files, {@code server} or {@code client} for QEMU
     * @param subjectAltName as keytool takes it, such as {@code dns:localhost,ip:127.0.0.1}
     */
    public Certificates issue(String name, String subjectAltName) {
        Path request = folder.resolve(name + ".csr");
        Path signed = folder.resolve(name + "-cert.pem");
        keytool(name, "-genkeypair", "-keyalg", "RSA", "-dname", "CN=" + name, "-validity", "2");
        keytool(name, "-certreq", "-file", request.toString());
        keytool(
                "ca",
                "-gencert",
                "-rfc",
                "-validity",
                "2",
                "-ext",
                "san=" + subjectAltName,
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString());
        keytool(
                name,
                "ca",
                "-importcert",
                "-noprompt",
                "-file",
                folder.resolve("ca-cert.pem").toString());
        keytool(name, "-importcert", "-noprompt", "-file", signed.toString());
        writeKey(name);
        return this;
    }

    /** {@return a context that shows the named certificate (null for none) and trusts this authority} */
    public SSLContext context(String name) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("ca", load("ca").getCertificate("ca"));
            return context(name == null ? null : load(name), trusted);
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
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private void writeKey(String name) {
        try {
            byte[] key = load(name).getKey(name, PASSWORD.toCharArray()).getEncoded();
            String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key);
            Files.writeString(
                    folder.resolve(name + "-key.pem"),
                    "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void keytool(String store, String command, String... arguments) {
        boolean otherAlias = !command.startsWith("-");
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-keystore",
                folder.resolve(store + ".p12").toString(),
                "-storepass",
                PASSWORD,
                "-alias",
                otherAlias ? command : store));
        if (!otherAlias) {
            line.add(command);
        }
        line.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(line + ": " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

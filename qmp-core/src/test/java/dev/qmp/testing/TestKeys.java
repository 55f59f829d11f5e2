package dev.qmp.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;

/** A key and its certificate, by the JDK's keytool, in one quick step. */
public final class TestKeys {

    static final String PASSWORD = "changeit";

    private final KeyStore store;

    private TestKeys(KeyStore store) {
        this.store = store;
    }

    /** Makes a key whose certificate it signs itself. */
    public static TestKeys make(Path folder, String name, String subjectAltName) {
        Path file = folder.resolve(name + ".p12");
        keytool(file, name, "EC", "-ext", "san=" + subjectAltName);
        return new TestKeys(load(file));
    }

    /** Makes a key whose certificate, long expired, is signed by this one, which shows it is an authority's. */
    public TestKeys signExpired(Path folder, String name, String subjectAltName) {
        try {
            Path file = folder.resolve(name + ".p12");
            String signer = store.aliases().nextElement();
            try (OutputStream out = Files.newOutputStream(file)) {
                store.store(out, PASSWORD.toCharArray());
            }
            keytool(file, name, "EC", "-ext", "san=" + subjectAltName, "-startdate", "-9d", "-signer", signer);
            KeyStore made = load(file);
            made.deleteEntry(signer);
            return new TestKeys(made);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore load(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes a key in a store, by a JVM that lives too short to be worth compiling for. */
    static void keytool(Path file, String name, String algorithm, String... more) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        line.addAll(List.of(
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + name,
                "-alias",
                name));
        line.addAll(List.of("-validity", "2", "-storetype", "PKCS12", "-storepass", PASSWORD));
        line.addAll(List.of("-keystore", file.toString()));
        line.addAll(List.of(more));
        try {
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@return a context that shows this certificate and trusts another} */
    public SSLContext trusting(TestKeys peer) {
        return context(keyManagers(), trustManagers(peer));
    }

    /** {@return a context that presents this certificate and trusts every other one} */
    public SSLContext trustingAll() {
        return trustingAll(() -> {});
    }

    /** {@return a context that presents this certificate and trusts every other one after the given check} */
    public SSLContext trustingAll(Runnable check) {
        return context(keyManagers(), new TrustManager[] {new TrustsAll(check)});
    }

    /** {@return a context that runs a task each time before it presents this certificate, and trusts all} */
    public SSLContext presentingAfter(Runnable task) {
        KeyManager[] keys = {new Asking((X509ExtendedKeyManager) keyManagers()[0], task)};
        return context(keys, new TrustManager[] {new TrustsAll(() -> {})});
    }

    /** {@return a context that shows no certificate and trusts another} */
    public static SSLContext anonymousTrusting(TestKeys peer) {
        return context(null, trustManagers(peer));
    }

    private KeyManager[] keyManagers() {
        try {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, PASSWORD.toCharArray());
            return factory.getKeyManagers();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TrustManager[] trustManagers(TestKeys peer) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            String alias = peer.store.aliases().nextElement();
            trusted.setCertificateEntry(alias, peer.store.getCertificate(alias));
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyManager[] keys, TrustManager[] trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The plain interface, as applications implement it that mean no good. */
    private record TrustsAll(Runnable check) implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            check.run();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            check.run();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** The keys of another manager, for engines. */
    private static final class Asking extends X509ExtendedKeyManager {

        private final X509ExtendedKeyManager keys;
        private final Runnable task;

        Asking(X509ExtendedKeyManager keys, Runnable task) {
            this.keys = keys;
            this.task = task;
        }

        @Override
        public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
            task.run();
            return keys.chooseEngineClientAlias(keyTypes, issuers, engine);
        }

        @Override
        public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            task.run();
            return keys.chooseEngineServerAlias(keyType, issuers, engine);
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return keys.getClientAliases(keyType, issuers);
        }

        @Override
        public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
            return keys.chooseClientAlias(keyTypes, issuers, socket);
        }

        @Override
        public String[] getServerAliases(String keyType, Principal[] issuers) {
            return keys.getServerAliases(keyType, issuers);
        }

        @Override
        public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return keys.chooseServerAlias(keyType, issuers, socket);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return keys.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return keys.getPrivateKey(alias);
        }
    }
}

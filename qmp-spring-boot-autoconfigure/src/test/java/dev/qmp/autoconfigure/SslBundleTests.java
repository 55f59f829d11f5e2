package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectState;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.RunstateChange;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpConnectionDetails;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.ssl.jks.JksSslStoreBundle;
import org.springframework.boot.ssl.jks.JksSslStoreDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class SslBundleTests {

    private static final String[] LONG_DELAYS = {
        "qmp.connection.vm1.reconnect.initial-delay=10m", "qmp.connection.vm1.reconnect.max-delay=10m"
    };

    @TempDir
    private Path folder;

    private Path serverStore;
    private Path otherStore;
    private Path trustStore;
    private QmpServer server;

    @BeforeEach
    void serve() throws Exception {
        serverStore = keyStore("server");
        otherStore = keyStore("other");
        trustStore = folder.resolve("trusted.p12");
        SSLContext identity = SslBundle.of(stores(serverStore)).createSslContext();
        server = QmpServer.builder(Endpoint.tcp("localhost", 0))
                .tls(new TlsOptions(() -> identity, false, List.of(), List.of(), false))
                .start();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private ApplicationContextRunner runner() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, QmpAutoConfiguration.class))
                .withPropertyValues(
                        "spring.ssl.bundle.jks.qemu.truststore.location=file:" + trustStore,
                        "spring.ssl.bundle.jks.qemu.truststore.password=secret",
                        "spring.ssl.bundle.jks.qemu.truststore.type=PKCS12",
                        "spring.ssl.bundle.jks.qemu.reload-on-update=true",
                        "spring.ssl.bundle.watch.file.quiet-period=50ms",
                        "qmp.connection.vm1.address=" + server.endpoint(),
                        "qmp.connection.vm1.reconnect.max-delay=100ms",
                        "qmp.connection.vm1.ssl.bundle=qemu");
    }

    @Test
    void aBundleMakesTheSessionSpeakTls() throws Exception {
        trust(serverStore);
        runner().run(context -> running(context.getBean(QmpClient.class)));
    }

    /** Without the reload, the next attempt would begin after ten minutes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReloadedBundleCountsAtOnceIfTheOldOneWasRefused(boolean autoStartup) throws Exception {
        trust(otherStore);
        runner().withPropertyValues(LONG_DELAYS)
                .withPropertyValues("qmp.connection.vm1.auto-startup=" + autoStartup)
                .run(context -> {
                    QmpClient client = context.getBean(QmpClient.class);
                    client.start(); // has an effect without auto-startup
                    Awaitility.await().until(() -> client.status().reconnectState() == ReconnectState.WAITING);
                    List<RunstateChange> changes = new CopyOnWriteArrayList<>();
                    client.addRunstateListener(changes::add);
                    trust(serverStore);
                    running(client);
                    Awaitility.await().untilAsserted(() -> assertThat(changes)
                            .extracting(RunstateChange::current)
                            .containsExactly(Runstate.CONNECTING, Runstate.RUNNING));
                    assertThat(client.status().reconnecting()).isTrue();
                });
    }

    /** With TLS 1.3, a machine refuses the client's certificate after the handshake: the greeting does not come. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aReloadedBundleCountsAtOnceIfTheMachineRefusedTheOldOne(String version) throws Exception {
        trust(serverStore);
        Path own = folder.resolve("own.p12");
        Files.copy(otherStore, own);
        SSLContext identity = SslBundle.of(stores(serverStore)).createSslContext();
        try (QmpServer strict = QmpServer.builder(Endpoint.tcp("localhost", 0))
                .tls(new TlsOptions(() -> identity, false, List.of(version), List.of(), true))
                .start()) {
            runner().withPropertyValues(LONG_DELAYS)
                    .withPropertyValues(
                            "spring.ssl.bundle.jks.qemu.keystore.location=file:" + own,
                            "spring.ssl.bundle.jks.qemu.keystore.password=secret",
                            "spring.ssl.bundle.jks.qemu.keystore.type=PKCS12",
                            "qmp.connection.vm1.address=" + strict.endpoint())
                    .run(context -> {
                        QmpClient client = context.getBean(QmpClient.class);
                        Awaitility.await().until(() -> client.status().reconnectState() == ReconnectState.WAITING);
                        replace(own, serverStore);
                        running(client);
                    });
        }
    }

    @Test
    void aClientThatDoesNotReconnectIsStartedByAReload() throws Exception {
        trust(otherStore);
        runner().withPropertyValues("qmp.connection.vm1.reconnect.enabled=false")
                .run(context -> {
                    QmpClient client = context.getBean(QmpClient.class);
                    Awaitility.await()
                            .until(() -> client.status().lastError() != null
                                    && client.status().reconnectState() == ReconnectState.STOPPED);
                    trust(serverStore);
                    running(client);
                });
    }

    @Test
    void aReloadThatDoesNotHelpLeavesTheDelayAsItIs() throws Exception {
        trust(otherStore);
        runner().withPropertyValues(LONG_DELAYS).run(context -> {
            QmpClient client = context.getBean(QmpClient.class);
            Awaitility.await().until(() -> client.status().reconnectState() == ReconnectState.WAITING);
            Instant next = client.status().nextAttempt();
            assertThat(next).isAfter(Instant.now().plusSeconds(60));
            List<RunstateChange> changes = new CopyOnWriteArrayList<>();
            client.addRunstateListener(changes::add);
            trust(keyStore("third"));
            Awaitility.await().untilAsserted(() -> assertThat(changes)
                    .extracting(RunstateChange::current)
                    .containsExactly(Runstate.CONNECTING, Runstate.DISCONNECTING, Runstate.IDLE));
            assertThat(client.status().nextAttempt()).isEqualTo(next);
            assertThat(client.status().reconnectState()).isEqualTo(ReconnectState.WAITING);
        });
    }

    @Test
    void aBundleReloadedDuringAnAttemptCountsOnceThatIsRefused() throws Exception {
        trust(otherStore);
        try (HeldUpTunnel tunnel = new HeldUpTunnel((Endpoint.Tcp) server.endpoint())) {
            runner().withPropertyValues(LONG_DELAYS)
                    .withPropertyValues("qmp.connection.vm1.address=tcp:localhost:" + tunnel.port())
                    .run(context -> {
                        CountDownLatch reloaded = new CountDownLatch(1);
                        context.getBean(SslBundles.class)
                                .addBundleUpdateHandler("qemu", bundle -> reloaded.countDown());
                        tunnel.awaitHello(); // the attempt has read the certificates from before
                        trust(serverStore);
                        assertThat(reloaded.await(10, TimeUnit.SECONDS)).isTrue();
                        tunnel.open();
                        running(context.getBean(QmpClient.class));
                    });
        }
    }

    @Test
    void aBundleOfConnectionDetailsIsReloadedLikeOneOfTheProperties() throws Exception {
        trust(otherStore);
        runner().withPropertyValues(LONG_DELAYS)
                .withPropertyValues("qmp.connection.vm1.ssl.enabled=false")
                .withBean(BundleDetails.class)
                .run(context -> {
                    QmpClient client = context.getBean(QmpClient.class);
                    Awaitility.await().until(() -> client.status().lastError() != null);
                    trust(serverStore);
                    running(client);
                });
    }

    @Test
    void aReloadDoesNotConnectWhoWasDisconnectedOnPurpose() throws Exception {
        trust(otherStore);
        runner().run(context -> {
            QmpClient client = context.getBean(QmpClient.class);
            Awaitility.await().until(() -> client.status().lastError() != null);
            client.blocking().disconnect();
            List<RunstateChange> changes = new CopyOnWriteArrayList<>();
            client.addRunstateListener(changes::add);
            CountDownLatch reloaded = new CountDownLatch(1);
            context.getBean(SslBundles.class).addBundleUpdateHandler("qemu", bundle -> reloaded.countDown());
            trust(serverStore);
            assertThat(reloaded.await(10, TimeUnit.SECONDS)).isTrue();
            client.blocking().disconnect(); // everything that the reload has begun is over now
            assertThat(changes).extracting(RunstateChange::current).doesNotContain(Runstate.CONNECTING);
        });
    }

    @Test
    void aBundleNeedsAnAddressThatCanSpeakTls() throws Exception {
        trust(serverStore);
        runner().withPropertyValues("qmp.connection.vm1.address=unix:/tmp/none.qmp")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("qmp.connection.vm1.ssl.bundle")
                        .hasMessageContaining("no TLS on Unix sockets"));
    }

    @Test
    void aBundleForAllCanBeSwitchedOffForOne() throws Exception {
        trust(serverStore);
        runner().withPropertyValues(
                        "qmp.defaults.ssl.bundle=qemu",
                        "qmp.connection.local.address=unix:/tmp/none.qmp",
                        "qmp.connection.local.ssl.enabled=false")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void withoutSslBundlesTheMessageSaysSo() throws Exception {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues(
                        "qmp.connection.vm1.address=" + server.endpoint(), "qmp.connection.vm1.ssl.bundle=qemu")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("qmp.connection.vm1.ssl.bundle")
                        .hasMessageContaining("there are no SSL bundles"));
    }

    /** Fifty machines that are frozen, with commands under way: one after another they would take minutes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void input25AStopIsBoundedWhileManyMachinesAreFrozen(boolean byLifecycle) throws Exception {
        trust(serverStore);
        SSLContext identity = SslBundle.of(stores(serverStore)).createSslContext();
        Duration timeout = Duration.ofSeconds(1);
        List<AutoCloseable> open = new ArrayList<>();
        List<FreezableTunnel> tunnels = new ArrayList<>();
        List<String> properties =
                new ArrayList<>(List.of("qmp.defaults.disconnect-timeout=" + timeout.toMillis() + "ms"));
        try {
            for (int i = 0; i < 50; i++) {
                QmpServer frozen = QmpServer.builder(Endpoint.tcp("localhost", 0))
                        .tls(new TlsOptions(() -> identity, false, List.of(), List.of(), false))
                        .start();
                open.add(frozen);
                FreezableTunnel tunnel = new FreezableTunnel((Endpoint.Tcp) frozen.endpoint());
                open.add(tunnel);
                tunnels.add(tunnel);
                properties.add("qmp.connection.frozen" + i + ".address=tcp:localhost:" + tunnel.port());
                properties.add("qmp.connection.frozen" + i + ".ssl.bundle=qemu");
            }
            runner().withPropertyValues(properties.toArray(String[]::new)).run(context -> {
                QmpClients clients = context.getBean(QmpClients.class);
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> clients.asMap().values().stream()
                        .allMatch(client -> client.runstate() == Runstate.RUNNING));
                tunnels.forEach(FreezableTunnel::freeze);
                List<CompletableFuture<?>> underWay = new ArrayList<>();
                for (QmpClient client : clients.asMap().values()) {
                    underWay.add(client.execute("query-status"));
                    underWay.add(client.execute("big", Map.of("data", "x".repeat(500_000))));
                }
                long begin = System.nanoTime();
                if (byLifecycle) {
                    context.getSourceApplicationContext().close();
                } else {
                    context.getBean(DefaultQmpClients.class).close();
                }
                Duration taken = Duration.ofNanos(System.nanoTime() - begin);
                assertThat(taken)
                        .isLessThan(timeout.multipliedBy(25)); // one after the other, they would take twice as long
                Awaitility.await().untilAsserted(() -> assertThat(underWay).allMatch(CompletableFuture::isDone));
                assertThat(clients.asMap().values()).allMatch(client -> client.runstate() == Runstate.IDLE);
            });
        } finally {
            for (AutoCloseable each : open) {
                each.close();
            }
        }
    }

    private record BundleDetails(SslBundles bundles) implements QmpConnectionDetails {

        @Override
        public @Nullable Endpoint getEndpoint(String connectionName) {
            return null;
        }

        @Override
        public SslBundle getSslBundle(String connectionName) {
            return bundles.getBundle("qemu");
        }
    }

    private static void running(QmpClient client) {
        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
    }

    private void trust(Path store) throws IOException {
        replace(trustStore, store);
    }

    private void replace(Path file, Path store) throws IOException {
        Path next = folder.resolve("next.p12");
        Files.copy(store, next, StandardCopyOption.REPLACE_EXISTING);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static SslStoreBundle stores(Path store) {
        JksSslStoreDetails details =
                JksSslStoreDetails.forLocation("file:" + store).withPassword("secret");
        return new JksSslStoreBundle(details, details);
    }

    /** A certificate of its own, made by the JDK's tool: the test carries no key, and none can expire. */
    private Path keyStore(String name) throws Exception {
        Path store = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "secret")
                .redirectErrorStream(true)
                .start();
        keytool.getInputStream().readAllBytes();
        assertThat(keytool.waitFor()).isZero();
        return store;
    }
}

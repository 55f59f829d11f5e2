package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.willDoNothing;
import static org.mockito.Mockito.mock;

import dev.qmp.QmpClient;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import dev.qmp.spring.QmpClients;
import dev.qmp.testing.ThrowingLog;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class SocketDirectoryTests {

    /** A socket is found within a second, and a busy machine takes longer. */
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir(cleanup = CleanupMode.ALWAYS)
    private Path folder;

    private ApplicationContextRunner runner(Path watched) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class))
                .withPropertyValues("qmp.discovery.directory=" + watched);
    }

    @Test
    void aConnectionComesWithItsSocketAndGoesWithIt() {
        try (QmpServer early = serve("early")) {
            runner(folder).run(context -> {
                QmpClients clients = context.getBean(QmpClients.class);
                assertThat(clients.names()).containsExactly("early");
                try (QmpServer late = serve("late")) {
                    Awaitility.await().atMost(SOON).until(() -> clients.names().equals(Set.of("early", "late")));
                    Awaitility.await().until(() -> clients.get("late").runstate() == Runstate.RUNNING);
                    assertThat(late.hasClient()).isTrue();
                }
                Files.deleteIfExists(folder.resolve("late.qmp"));
                Awaitility.await().until(() -> clients.names().equals(Set.of("early")));
                Awaitility.await().until(early::hasClient);
            });
        }
    }

    @Test
    void whatIsNoSocketIsNoConnection() throws IOException {
        Files.writeString(folder.resolve("file.qmp"), "");
        Files.createDirectory(folder.resolve("folder.qmp"));
        try (QmpServer other =
                QmpServer.builder(Endpoint.unix(folder.resolve("vm.sock"))).start()) {
            runner(folder)
                    .run(context -> assertThat(context.getBean(QmpClients.class).names())
                            .isEmpty());
            assertThat(other.hasClient()).isFalse();
        }
    }

    @Test
    void input24AFileNameForgesNoLogLine(CapturedOutput output) {
        try (QmpServer odd = serve("a\n2026-01-01 ERROR forged\u001b[2J")) {
            runner(folder).run(context -> {
                assertThat(context.getBean(QmpClients.class).names()).isEmpty();
                assertThat(odd.hasClient()).isFalse();
            });
        }
        assertThat(output.getAll())
                .contains("a\\u000A2026-01-01 ERROR forged\\u001B[2J")
                .doesNotContain("\n2026-01-01 ERROR forged")
                .doesNotContain("\u001b[2J");
    }

    @Test
    void input37ALinkToASocketThatHasAConnectionIsNoSecondConnection(CapturedOutput output) throws IOException {
        try (QmpServer server = serve("vm1")) {
            Path alias = folder.resolveSibling(folder.getFileName() + "-alias");
            Files.createSymbolicLink(alias, folder);
            runner(folder)
                    .withPropertyValues("qmp.connection.db.address=unix:" + alias.resolve("vm1.qmp"))
                    .run(context -> {
                        assertThat(context.getBean(QmpClients.class).names()).containsExactly("db");
                        Awaitility.await().until(server::hasClient);
                    });
            Files.delete(alias);
        }
        assertThat(output)
                .containsOnlyOnce("is not used as a QMP connection for now")
                .contains("'db' has it already");
    }

    @Test
    void aFolderThatCannotBeReadIsLoggedWithTheReason(CapturedOutput output) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path loop = folder.resolve("loop");
        Files.createSymbolicLink(loop, loop);
        for (Path watched : List.of(file, file.resolve("below"), loop)) {
            runner(watched).run(context -> assertThat(context).hasNotFailed());
        }
        assertThat(output)
                .contains(file + " cannot be read: it is not a folder")
                .contains(file.resolve("below") + " cannot be read: it is not a folder")
                .containsPattern(loop + " cannot be read: Too many levels of symbolic links");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ${no.such}/vms | the placeholder ${no.such} has no value
                    file:/tmp      | it is a URL or an address, not a path
                    unix:/run      | it is a URL or an address, not a path
                    /none,/var     | it is a list, and only one folder is watched
                    /none, ~/run   | it is a list, and only one folder is watched
                    ~other/run     | only the own home folder is known, as in ~/run
                    """)
    void aFolderThatCanNeverBeReadStopsTheStart(String directory, String reason) {
        runner(Path.of("none"))
                .withPropertyValues("qmp.discovery.directory=" + directory)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidQmpPropertyException.class)
                        .hasMessage("Property qmp.discovery.directory is '" + directory + "', which cannot be used: "
                                + reason));
    }

    @Test
    void aFolderThatLooksLikeAListMayExist(CapturedOutput output) throws IOException {
        Path odd = Files.createDirectories(folder.resolve("a,/b"));
        runner(odd).run(context -> assertThat(context).hasNotFailed());
        runner(folder.resolve("a,b")).run(context -> assertThat(context).hasNotFailed());
        assertThat(output)
                .contains("a,b cannot be read: there is no such folder yet")
                .doesNotContain("a,/b cannot");
    }

    @Test
    void aTildeIsTheHomeFolder(CapturedOutput output) {
        runner(Path.of("~/no/such/folder")).run(context -> assertThat(context).hasNotFailed());
        assertThat(output).contains(" " + System.getProperty("user.home") + "/no/such/folder cannot be read: ");
    }

    @Test
    void theFolderMayComeLater() {
        Path later = folder.resolve("later");
        runner(later).run(context -> {
            assertThat(context).hasNotFailed();
            Files.createDirectory(later);
            try (QmpServer server =
                    QmpServer.builder(Endpoint.unix(later.resolve("vm1.qmp"))).start()) {
                Awaitility.await().atMost(SOON).until(server::hasClient);
            }
        });
    }

    @Test
    void aLogThatThrowsEndsNoDiscovery() {
        Path later = folder.resolve("later");
        try (ThrowingLog log = ThrowingLog.install("dev.qmp.autoconfigure")) {
            runner(later).run(context -> {
                assertThat(context).hasNotFailed();
                Awaitility.await().until(() -> !log.lost().isEmpty()); // there is no folder
                Files.createDirectory(later);
                QmpClients clients = context.getBean(QmpClients.class);
                Path socket = later.resolve("vm1.qmp");
                try (QmpServer server = QmpServer.builder(Endpoint.unix(socket)).start()) {
                    Awaitility.await().atMost(SOON).until(server::hasClient);
                }
                Files.deleteIfExists(socket);
                Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(clients.names())
                        .isEmpty());
            });
        }
    }

    @Test
    void aConfiguredConnectionKeepsItsName() {
        try (QmpServer server = serve("vm1");
                QmpServer other = serve("vm2")) {
            runner(folder)
                    .withPropertyValues("qmp.connection.vm1.address=tcp:localhost:1")
                    .run(context -> {
                        Awaitility.await().until(other::hasClient); // the folder was scanned
                        assertThat(context.getBean(QmpClients.class).get("vm1").endpoint())
                                .isEqualTo(Endpoint.tcp("localhost", 1));
                        assertThat(server.hasClient()).isFalse();
                    });
        }
    }

    @Test
    void whatHappenedDuringAPauseIsSeenAfterIt() {
        runner(folder).run(context -> {
            QmpClients clients = context.getBean(QmpClients.class);
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            application.pause();
            try (QmpServer server = serve("vm1")) {
                // another application, which is not paused, scans the folder twice
                runner(folder).run(other -> {
                    Awaitility.await().until(server::hasClient);
                    try (QmpServer later = serve("vm2")) {
                        Awaitility.await().until(later::hasClient);
                    }
                });
                assertThat(clients.names()).isEmpty();
                application.restart();
                Awaitility.await().until(server::hasClient);
                assertThat(clients.names()).contains("vm1");
            }
        });
    }

    @Test
    void anEmptyValueIsNone() {
        runner(Path.of("")).run(context -> assertThat(
                        context.getBean(QmpSocketDirectory.class).isRunning())
                .isFalse());
    }

    @Test
    void whatTheDefaultsSayOfModeAndTlsIsNotOfSocketsThatAreFound() {
        try (QmpServer server = serve("vm1")) {
            runner(folder)
                    .withPropertyValues("qmp.defaults.mode=listen", "qmp.defaults.ssl.bundle=none")
                    .run(context -> Awaitility.await().until(server::hasClient));
        }
    }

    @Test
    void aConnectionThatLeadsToTheSocketAlreadyIsTheOnlyOne() {
        try (QmpServer server = serve("vm1")) {
            runner(folder)
                    .withPropertyValues("qmp.connection.db.address=" + server.endpoint())
                    .run(context -> assertThat(context.getBean(QmpClients.class).names())
                            .containsExactly("db"));
        }
    }

    /** A socket as {@code kill -9} leaves it: no process listens, and none may ever listen again. */
    @Test
    void aSocketThatNobodyListensToStaysDownUntilAMachineIsThere() throws IOException {
        leave("vm1");
        runner(folder)
                .withPropertyValues("qmp.defaults.reconnect.max-delay=100ms")
                .run(context -> {
                    QmpClients clients = context.getBean(QmpClients.class);
                    QmpClient dead = clients.get("vm1");
                    Awaitility.await().until(() -> dead.status().reconnectAttempts() > 1);
                    assertThat(clients.find("vm1")).containsSame(dead);
                    assertThat(dead.runstate()).isNotEqualTo(Runstate.RUNNING);
                    try (QmpServer server = serve("vm1")) {
                        Awaitility.await().until(server::hasClient);
                        Awaitility.await().until(() -> clients.find("vm1")
                                .filter(client -> client.runstate() == Runstate.RUNNING)
                                .isPresent());
                    }
                });
    }

    @Test
    void aSocketInThePlaceOfAnotherIsAnotherMachine() {
        try (QmpServer first = serve("vm1");
                QmpServer second =
                        QmpServer.builder(Endpoint.unix(folder.resolve("next"))).start()) {
            runner(folder).run(context -> {
                QmpClients clients = context.getBean(QmpClients.class);
                QmpClient before = clients.get("vm1");
                Awaitility.await().until(first::hasClient);
                Files.move(folder.resolve("next"), folder.resolve("vm1.qmp"), StandardCopyOption.ATOMIC_MOVE);
                Awaitility.await().until(second::hasClient);
                Awaitility.await().until(() -> !first.hasClient());
                assertThat(clients.get("vm1")).isNotSameAs(before);
            });
        }
    }

    @Test
    void whatHasComeUnderTheNameOfAConnectionThatWasFoundStaysWhenTheSocketGoes() {
        try (TestMonitor monitor = TestMonitor.started();
                QmpServer server = serve("vm1")) {
            runner(folder).run(context -> {
                QmpClients clients = context.getBean(QmpClients.class);
                clients.remove("vm1").join();
                QmpClient other = clients.add("vm1", monitor.address());
                server.close();
                assertThat(folder.resolve("vm1.qmp")).doesNotExist();
                try (QmpServer late = serve("late")) { // its connection proves that the folder was scanned
                    Awaitility.await().until(late::hasClient);
                    assertThat(clients.find("vm1")).containsSame(other);
                }
            });
        }
    }

    @Test
    void whatGoesWrongWithASocketIsToldOnceAndTriedAgain(CapturedOutput output) {
        AtomicInteger failures = new AtomicInteger();
        AtomicBoolean failing = new AtomicBoolean(true);
        QmpClientBuilderCustomizer customizer = (name, builder) -> {
            if (name.equals("bad") && failing.get()) {
                failures.incrementAndGet();
                throw new IllegalStateException("no such machine in the inventory");
            }
        };
        try (QmpServer bad = serve("bad");
                QmpServer good = serve("good")) {
            runner(folder)
                    .withBean(QmpClientBuilderCustomizer.class, () -> customizer)
                    .run(context -> {
                        Awaitility.await().until(good::hasClient);
                        Awaitility.await().until(() -> failures.get() > 2);
                        assertThat(output).containsOnlyOnce("bad.qmp is not used as a QMP connection");
                        failing.set(false);
                        Awaitility.await().until(bad::hasClient);
                    });
        }
    }

    /** Such as a missing class or a lack of memory, which {@code update()} does not catch in its own log lines. */
    @Test
    void anErrorDoesNotEndTheThreadThatScans(CapturedOutput output) throws InterruptedException {
        DiscoveredSockets sockets = mock(DiscoveredSockets.class);
        CountDownLatch scansAfterErrors = new CountDownLatch(1);
        willDoNothing()
                .willThrow(new OutOfMemoryError("first"), new NoClassDefFoundError("second"))
                .willAnswer(call -> {
                    Thread.currentThread().interrupt(); // as code that waits in a listener to clients does
                    return null;
                })
                .willAnswer(call -> {
                    scansAfterErrors.countDown();
                    return null;
                })
                .given(sockets)
                .update();
        QmpSocketDirectory directory = new QmpSocketDirectory(sockets);
        directory.start();
        assertThat(scansAfterErrors.await(10, TimeUnit.SECONDS)).isTrue();
        directory.stop();
        assertThat(output).containsOnlyOnce("Discovery failed, and goes on within a second");
    }

    /** Leaves a socket as a process leaves it that is killed. */
    private void leave(String name) throws IOException {
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(folder.resolve(name + ".qmp")));
        }
    }

    private QmpServer serve(String name) {
        return QmpServer.builder(Endpoint.unix(folder.resolve(name + ".qmp"))).start();
    }
}

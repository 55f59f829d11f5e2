package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.Runstate;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.LogRecorder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A socket that comes into order while its client waits for the next attempt. */
@Timeout(60)
class LateSocketTests {

    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    private Path folder;

    private QmpClient client;
    private QmpServer server;

    @AfterEach
    void close() {
        if (client != null) {
            client.close();
        }
        if (server != null) {
            server.close();
        }
    }

    /** After the first attempt the client would wait for an hour. */
    private void startAndFail(Path socket, boolean watch) {
        client = QmpClient.builder(Endpoint.unix(socket))
                .reconnect(ReconnectPolicy.exponential(HOUR, 1, 0, HOUR))
                .watchSocket(watch)
                .build();
        client.start();
        await().until(() -> client.status().nextAttempt() != null);
        assertThat(client.status().reconnectAttempts()).isEqualTo(1);
    }

    private void serve(Path socket) {
        server = QmpServer.builder(Endpoint.unix(socket))
                .handler("query-status", command -> QmpJson.object())
                .start();
    }

    private void awaitSession() {
        // half a second on an idle machine; without the watch, an hour
        await().atMost(Duration.ofSeconds(10)).until(() -> client.runstate() == Runstate.RUNNING);
        assertThat(client.blocking().execute("query-status")).isEmpty();
    }

    @Test
    void input33ASocketThatAppearsIsDialledAtOnce() {
        Path socket = folder.resolve("vm1.qmp");
        startAndFail(socket, true);
        serve(socket);
        awaitSession();
    }

    @Test
    void input33ASocketInAFolderThatAppearsIsDialledAtOnce() throws IOException {
        Path socket = folder.resolve("run").resolve("vm1.qmp");
        startAndFail(socket, true);
        Files.createDirectory(socket.getParent());
        serve(socket);
        awaitSession();
    }

    @Test
    void input33AFileThatIsTouchedWithoutAServerCausesFewAttempts() throws IOException {
        Path socket = folder.resolve("vm1.qmp");
        startAndFail(socket, true);
        Files.createFile(socket);
        await().until(() -> client.status().reconnectAttempts() >= 2);
        AtomicInteger before = new AtomicInteger();
        await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(20)).until(() -> {
            int attempts = client.status().reconnectAttempts();
            return before.getAndSet(attempts) == attempts;
        });
        assertThat(client.status().reconnectAttempts()).isBetween(2, 5);
    }

    private static boolean isWatching() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("qmp-socket-watch"));
    }

    /** All clients of the JVM share the thread. It ends with the last watched file. */
    private static void awaitNoWatch() {
        await("no client of the JVM watches a file").until(() -> !isWatching());
    }

    @Test
    void input33TheWatchEndsWithTheEventLoops() {
        awaitNoWatch();
        EventLoops loops = EventLoops.create(1);
        client = QmpClient.builder(Endpoint.unix(folder.resolve("vm1.qmp")))
                .reconnect(ReconnectPolicy.exponential(HOUR, 1, 0, HOUR))
                .eventLoops(loops)
                .build();
        client.start();
        await().until(LateSocketTests::isWatching);
        loops.close();
        awaitNoWatch();
    }

    @Test
    void input33TheWatchEndsWithTheClient() {
        awaitNoWatch();
        startAndFail(folder.resolve("vm1.qmp"), true);
        await().until(LateSocketTests::isWatching);
        client.close();
        awaitNoWatch();
    }

    @Test
    void input24ALineFeedInAPathForgesNoLogLine() throws IOException {
        Path socket = Files.createFile(folder.resolve("vm1\n12:00:00 INFO forged"));
        try (LogRecorder log = LogRecorder.of("dev.qmp.QmpClient")) {
            startAndFail(socket, true);
            assertThat(client.status().lastError())
                    .hasMessageContaining("vm1\\u000A12:00:00 INFO forged: not a socket");
            await().untilAsserted(() -> assertThat(log.at(Level.WARN)).isNotEmpty());
            assertThat(log.at(Level.WARN)).noneMatch(line -> line.contains("\n"));
            Files.delete(socket);
            client.close();
            startAndFail(socket, true);
            assertThat(client.status().lastError())
                    .hasMessageContaining("vm1\\u000A12:00:00 INFO forged: no such file");
        }
    }

    private static void setPermissions(Path socket, String permissions) throws IOException {
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void input7APermissionThatComesLaterIsUsed() throws Exception {
        if (!System.getProperty("user.name").equals("root")) {
            useAPermissionThatComesLater();
            return;
        }
        Process process = new ProcessBuilder(
                        "setpriv",
                        "--bounding-set=-dac_override,-dac_read_search",
                        "--inh-caps=-all",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LateSocketTests.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).endsWith("it was used\n");
    }

    /** Runs one test in a JVM whose permissions count: root has all, unless it gives them up. */
    public static void main(String... arguments) throws IOException {
        LateSocketTests test = new LateSocketTests();
        test.folder = Path.of(arguments[0]);
        try {
            test.useAPermissionThatComesLater();
            System.out.println("it was used");
        } finally {
            test.close();
        }
    }

    private void useAPermissionThatComesLater() throws IOException {
        Path socket = folder.resolve("vm1.qmp");
        serve(socket);
        setPermissions(socket, "---------");
        startAndFail(socket, true);
        assertThat(client.status().lastError()).hasMessageContaining("permission denied");
        assertThat(client.status().reconnecting()).isTrue();
        setPermissions(socket, "rw-------");
        awaitSession();
    }

    @Test
    void input33WithoutTheWatchTheDelayDecides() {
        Path socket = folder.resolve("vm1.qmp");
        startAndFail(socket, false);
        serve(socket);
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(10))
                .until(() -> client.runstate() == Runstate.IDLE);
        assertThat(client.status().reconnectAttempts()).isEqualTo(1);
    }

    @Test
    void input7APlainFileThatBecomesASocketIsUsed() throws IOException {
        Path socket = folder.resolve("vm1.qmp");
        Files.createFile(socket);
        startAndFail(socket, true);
        assertThat(client.status().reconnecting()).isTrue();
        Files.delete(socket);
        serve(socket);
        awaitSession();
    }

    @Test
    void input7AFileInThePlaceOfAFolderIsNotTheEnd() throws IOException {
        Path inTheWay = Files.createFile(folder.resolve("run"));
        startAndFail(inTheWay.resolve("vm1.qmp"), true);
        assertThat(client.status().reconnecting()).isTrue();
        Files.delete(inTheWay);
        Files.createDirectory(inTheWay);
        serve(inTheWay.resolve("vm1.qmp"));
        awaitSession();
    }
}

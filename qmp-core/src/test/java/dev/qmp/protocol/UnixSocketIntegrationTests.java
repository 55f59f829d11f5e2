package dev.qmp.protocol;

import static dev.qmp.protocol.Runstate.CONNECTING;
import static dev.qmp.protocol.Runstate.DISCONNECTING;
import static dev.qmp.protocol.Runstate.IDLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unix sockets and the file system: what is in the way, what is missing, what is left behind. */
class UnixSocketIntegrationTests extends OnSockets {

    private Path path() {
        return folder.resolve("s");
    }

    /** A socket file that nobody serves, as a killed process leaves it. */
    private void leaveDeadSocket() {
        RawServer.unix(path()).close();
        assertThat(path()).exists();
    }

    private void makeFifo() throws Exception {
        int exit = new ProcessBuilder("mkfifo", path().toString()).start().waitFor();
        assumeThat(exit).isZero();
    }

    private QmpConnectException dialInVain() {
        LineProbe probe = probe();
        QmpConnectException failure = connectFailure(probe.connect(unix()));
        assertThat(failure.phase()).isEqualTo(ConnectPhase.TRANSPORT);
        assertThat(failure).hasMessageContaining(path().toString());
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
        return failure;
    }

    private QmpConnectException listenInVain() {
        LineProbe probe = probe();
        QmpConnectException failure = connectFailure(probe.startServer(unix()));
        assertThat(failure.phase()).isEqualTo(ConnectPhase.TRANSPORT);
        assertThat(failure).hasMessageContaining(path().toString());
        assertThat(probe.runstates()).containsExactly(CONNECTING, DISCONNECTING, IDLE);
        return failure;
    }

    // ------------------------------------------------------------------ dialling

    @Test
    @DisplayName("S14 #1 no socket there")
    void noSocket() {
        QmpConnectException failure = dialInVain();
        assertThat(failure).hasMessageContaining("no such file");
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    @DisplayName("S14 #2 a socket that nobody serves any more")
    void aDeadSocket() {
        leaveDeadSocket();
        QmpConnectException failure = dialInVain();
        assertThat(failure).hasMessageContaining("refused");
        assertThat(failure.isRetryable()).isTrue();
    }

    @ParameterizedTest(name = "S14 #3 a {0} is not a socket")
    @ValueSource(strings = {"file", "directory", "fifo"})
    void notASocket(String kind) throws Exception {
        switch (kind) {
            case "file" -> Files.writeString(path(), "precious");
            case "directory" -> Files.createDirectory(path());
            default -> makeFifo();
        }
        QmpConnectException failure = dialInVain();
        assertThat(failure).hasMessageContaining("not a socket");
        assertThat(failure.isRetryable()).isFalse();
    }

    /** Tries it in a JVM whose rights count: root may everything, unless it gives that up. */
    private String attempt(String how) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                UnixSocketAttempt.class.getName(),
                how,
                path().toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    @DisplayName("S14 #4 a socket that we may not use")
    void permissionDenied() throws Exception {
        try (RawServer server = RawServer.unix(path())) {
            assertThat(attempt("dial").lines()).contains("it worked");
            Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("---------"));
            assertThat(attempt("dial"))
                    .contains("final: ")
                    .contains(path().toString())
                    .contains("permission denied");
            assertThat(server.endpoint()).isEqualTo(unix());
        }
    }

    @Test
    @DisplayName("S14 #4 a socket in a folder that we may not enter")
    void aFolderThatWeMayNotEnter() throws Exception {
        try (RawServer server = RawServer.unix(path())) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rw-------"));
            assertThat(attempt("dial")).contains("final: ").contains("permission denied");
            assertThat(server.endpoint()).isEqualTo(unix());
        } finally {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    @DisplayName("S14 #5 a path of 106 bytes works, one more is refused with a hint")
    void aPathTooLong() {
        int room = 106 - folder.toString().getBytes(StandardCharsets.UTF_8).length - 1;
        Path longest = folder.resolve("x".repeat(room));
        try (RawServer server = RawServer.unix(longest)) {
            await(probe().connect(server.endpoint()));
        }
        for (Path tooLong : List.of(folder.resolve("x".repeat(room + 1)), folder.resolve("x".repeat(200)))) {
            LineProbe probe = probe();
            List<QmpConnectException> failures = List.of(
                    connectFailure(probe.connect(Endpoint.unix(tooLong))),
                    connectFailure(probe.startServer(Endpoint.unix(tooLong))));
            assertThat(failures).allSatisfy(failure -> {
                assertThat(failure).hasMessageContaining("106").hasMessageContaining("shorter directory");
                assertThat(failure.isRetryable()).isFalse();
            });
        }
    }

    @Test
    @DisplayName("S14 #5 the length of a path counts in bytes, not in characters")
    void aPathTooLongInBytes() {
        String letter = "\u00e9";
        // in the POSIX locale a JVM has no such path: then there is nothing to be counted
        assumeThat(System.getProperty("sun.jnu.encoding")).isEqualTo("UTF-8");
        int room = 106 - folder.toString().getBytes(StandardCharsets.UTF_8).length - 1;
        Path longest = folder.resolve(letter.repeat(room / 2) + "x".repeat(room % 2));
        try (RawServer server = RawServer.unix(longest)) {
            await(probe().connect(server.endpoint()));
        }
        for (Path tooLong : List.of(
                folder.resolve(letter.repeat(room / 2) + "x".repeat(room % 2 + 1)),
                folder.resolve(letter.repeat(room)))) {
            assertThat(tooLong.toString()).hasSizeLessThanOrEqualTo(106);
            LineProbe probe = probe();
            List<QmpConnectException> failures = List.of(
                    connectFailure(probe.connect(Endpoint.unix(tooLong))),
                    connectFailure(probe.startServer(Endpoint.unix(tooLong))));
            int bytes = tooLong.toString().getBytes(StandardCharsets.UTF_8).length;
            assertThat(failures).allSatisfy(failure -> {
                assertThat(failure)
                        .hasMessageContaining("has " + bytes + " bytes")
                        .hasMessageContaining("shorter directory");
                assertThat(failure.isRetryable()).isFalse();
            });
        }
    }

    @Test
    @DisplayName("S14 #6 a listener whose backlog is full is busy, and says so")
    void aFullBacklog() {
        try (RawServer server = RawServer.unix(path())) {
            List<LineProbe> waiting = new ArrayList<>();
            QmpConnectException busy = null;
            while (busy == null && waiting.size() < 64) {
                LineProbe probe = probe(options -> options.connectTimeout(Duration.ofSeconds(1)));
                try {
                    await(probe.connect(server.endpoint()));
                    waiting.add(probe);
                } catch (QmpConnectException e) {
                    busy = e;
                }
            }
            assertThat(busy).isNotNull();
            assertThat(busy.isRetryable()).isTrue();
            assertThat(busy).hasMessageContaining("busy");
            assertThat(waiting).hasSizeLessThan(8);
        }
    }

    // ------------------------------------------------------------------ listening

    @Test
    @DisplayName("S10 #74 a server's socket is for its owner only, and goes when it stops listening")
    void theSocketFile() throws IOException {
        LineProbe probe = probe();
        await(probe.startServer(unix()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
        CompletableFuture<Void> accepted = probe.accept();
        try (RawPeer peer = RawServer.dial(unix())) {
            await(accepted);
            assertThat(path()).doesNotExist();
            peer.write("hello\n");
            eventually(() -> assertThat(probe.heard()).containsExactly("hello"));
        }
        eventually(() -> assertThat(probe.runstate()).isEqualTo(IDLE));

        await(probe.startServer(unix()));
        await(probe.disconnect());
        assertThat(path()).doesNotExist();
    }

    @Test
    @DisplayName("S10 #74 a socket file that nobody serves is replaced")
    void aDeadSocketIsReplaced() throws IOException {
        leaveDeadSocket();
        LineProbe probe = probe();
        await(probe.startServer(unix()));
        CompletableFuture<Void> accepted = probe.accept();
        RawServer.dial(unix());
        await(accepted);
    }

    @Test
    @DisplayName("S10 #74 a socket that is alive is left alone")
    void aLiveSocketIsLeftAlone() throws IOException {
        try (RawServer server = RawServer.unix(path())) {
            QmpConnectException failure = listenInVain();
            assertThat(failure).hasMessageContaining("another program listens there");
            assertThat(failure.isRetryable()).isTrue();
            assertThat(path()).exists();
            RawServer.dial(unix()).close();
            server.accept();
        }
    }

    @ParameterizedTest(name = "S10 #74 a socket that somebody else has put in the place of ours is left alone by a {0}")
    @ValueSource(strings = {"disconnect", "close of the loops"})
    void aSuccessorIsLeftAlone(String how) throws IOException {
        LineProbe probe = probe();
        await(probe.startServer(unix()));
        Files.delete(path());
        try (RawServer successor = RawServer.unix(path())) {
            if (how.equals("disconnect")) {
                await(probe.disconnect());
            } else {
                loops.close();
            }
            assertThat(path()).exists();
            try (RawPeer peer = RawServer.dial(unix())) {
                successor.accept().write("welcome\n");
                assertThat(peer.read()).isEqualTo('w');
            }
        }
    }

    @Test
    @DisplayName("S10 a live socket that we may not use is left alone")
    void aForeignSocketIsLeftAlone() throws Exception {
        try (RawServer server = RawServer.unix(path())) {
            Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("---------"));
            assertThat(attempt("listen")).contains("retryable: ");
            assertThat(path()).exists();
            assertThat(server.endpoint()).isEqualTo(unix());
        }
    }

    @ParameterizedTest(name = "S10 #74 a {0} in the way is left alone")
    @ValueSource(strings = {"file", "directory", "fifo"})
    void anythingElseIsLeftAlone(String kind) throws Exception {
        switch (kind) {
            case "file" -> Files.writeString(path(), "precious");
            case "directory" -> Files.createDirectory(path());
            default -> makeFifo();
        }
        QmpConnectException failure = listenInVain();
        assertThat(failure).hasMessageContaining("not a socket");
        assertThat(failure.isRetryable()).isFalse();
        assertThat(path()).exists();
        if (kind.equals("file")) {
            assertThat(path()).hasContent("precious");
        }
    }

    @Test
    @DisplayName("S14 a folder that does not exist")
    void aFolderThatDoesNotExist() {
        LineProbe probe = probe();
        Endpoint nowhere = Endpoint.unix(folder.resolve("no/s"));
        assertThat(connectFailure(probe.startServer(nowhere)))
                .hasMessageContaining("cannot listen on " + nowhere)
                .hasMessageNotContaining("null");
    }

    @Test
    @DisplayName("S14 a folder in which we may not make a socket")
    void aFolderThatWeMayNotWriteTo() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
        try {
            assertThat(attempt("listen")).contains("final: cannot listen on " + unix());
        } finally {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
    }

    // ------------------------------------------------------------------ acceptors by themselves

    @Test
    @DisplayName("S20 #73 an acceptor takes in one peer after the other, each when asked")
    void anAcceptorTakesOneAfterTheOther() throws IOException {
        try (Acceptor acceptor = await(Acceptor.bind(unix(), loops, null))) {
            for (int i = 0; i < 5; i++) {
                CompletableFuture<Connection> accepted = acceptor.accept();
                RawPeer peer = RawServer.dial(unix());
                LineProbe probe = probe();
                await(probe.connect(await(accepted)));
                peer.write("peer " + i + "\n");
                int expected = i;
                eventually(() -> assertThat(probe.heard()).containsExactly("peer " + expected));
            }
        }
    }

    @Test
    @DisplayName("S20 a peer that comes when an accept was cancelled waits for the next")
    void aCancelledAcceptLosesNobody() throws IOException {
        try (Acceptor acceptor = await(Acceptor.bind(unix(), loops, null))) {
            acceptor.accept().cancel(false);
            RawPeer peer = RawServer.dial(unix());
            await(CompletableFuture.runAsync(() -> {}, task -> loopsRun(task)));
            Connection connection = await(acceptor.accept());
            LineProbe probe = probe();
            await(probe.connect(connection));
            peer.write("still here\n");
            eventually(() -> assertThat(probe.heard()).containsExactly("still here"));
        }
    }

    private void loopsRun(Runnable task) {
        LineProbe probe = probe();
        probe.runOnLoop(task);
    }

    @Test
    @DisplayName("S20 closing an acceptor twice does not take its successor's socket away")
    void closingTwice() throws IOException {
        for (int round = 0; round < 50; round++) {
            Acceptor first = await(Acceptor.bind(unix(), loops, null));
            first.close();
            try (Acceptor second = await(Acceptor.bind(unix(), loops, null))) {
                first.close();
                assertThat(path()).exists();
                RawServer.dial(second.endpoint()).close();
            }
        }
    }

    @Test
    @DisplayName("S20 closing an acceptor cancels the accept that waits; a second waiting one is refused")
    void closingCancelsTheAccept() {
        Acceptor acceptor = await(Acceptor.bind(unix(), loops, null));
        CompletableFuture<Connection> waiting = acceptor.accept();
        CompletableFuture<Connection> refused = acceptor.accept();
        eventually(() -> assertThat(refused).isCompletedExceptionally());
        acceptor.close();
        eventually(() -> assertThat(waiting).isCancelled());
        CompletableFuture<Connection> late = acceptor.accept();
        eventually(() -> assertThat(late).isCancelled());
    }
}

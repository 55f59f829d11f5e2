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
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unix sockets and the file system: what is in the way, what is missing, what is left behind. */
class UnixSocketIntegrationTests extends OnSockets {

    private Path path() {
        return folder.resolve("s");
    }

    /** Creates a socket file without a server, as a killed process leaves it. */
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
    @DisplayName("S14 #2 a socket without a server")
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
        assertThat(failure.isRetryable()).isTrue();
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
                    .contains("retryable: ")
                    .contains(path().toString())
                    .contains("permission denied: write permission on the socket is needed for the user ");
            assertThat(server.endpoint()).isEqualTo(unix());
        }
    }

    @Test
    @DisplayName("S14 #4 a socket in a folder that we may not enter")
    void aFolderThatWeMayNotEnter() throws Exception {
        try (RawServer server = RawServer.unix(path())) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rw-------"));
            assertThat(attempt("dial"))
                    .contains("retryable: ")
                    .contains("permission denied: execute permission (x) on the folder " + folder + " is needed");
            assertThat(server.endpoint()).isEqualTo(unix());
        } finally {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    @DisplayName("S14 #5 a path that is too long for Java works through a link to its folder, and none is left")
    void input36APathLongerThanJavasLimit() throws IOException {
        for (int bytes : List.of(106, 107, 108, 250)) {
            Path path = pathOf(bytes);
            Path shortWay = Files.createSymbolicLink(folder.resolve("link"), path.getParent());
            try (RawServer server = RawServer.unix(shortWay.resolve(path.getFileName()))) {
                LineProbe probe = probe();
                await(probe.connect(Endpoint.unix(path)));
                await(probe.disconnect());
                assertThat(server.endpoint()).isNotNull();
            }
            Files.delete(path);
            LineProbe listening = probe();
            await(listening.startServer(Endpoint.unix(path)));
            assertThat(path).exists();
            await(listening.disconnect());
            assertThat(path).doesNotExist();
            Files.delete(shortWay);
        }
        // other tests make links there, too
        try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(left.map(home -> home.resolve("d"))).noneMatch(this::leadsToOurFolder);
        }
    }

    private boolean leadsToOurFolder(Path link) {
        try {
            return Files.readSymbolicLink(link).startsWith(folder);
        } catch (IOException e) {
            return false; // no link, or one that its test has removed
        }
    }

    /** {@return a path of so many bytes whose folder exists} */
    private Path pathOf(int bytes) throws IOException {
        String letter = System.getProperty("sun.jnu.encoding").equals("UTF-8") ? "\u00e9" : "xx";
        int rest = bytes - folder.toString().getBytes(StandardCharsets.UTF_8).length - "//s".length();
        Path deep = folder.resolve(letter.repeat(rest / 2) + "x".repeat(rest % 2));
        return Files.createDirectories(deep).resolve("s");
    }

    @Test
    @DisplayName("S14 #5 a file's name that no link can shorten is refused with its length in bytes")
    void aNameTooLong() {
        Path tooLong = folder.resolve("x".repeat(107));
        int bytes = tooLong.toString().getBytes(StandardCharsets.UTF_8).length;
        LineProbe probe = probe();
        List<QmpConnectException> failures = List.of(
                connectFailure(probe.connect(Endpoint.unix(tooLong))),
                connectFailure(probe.startServer(Endpoint.unix(tooLong))));
        assertThat(failures).allSatisfy(failure -> {
            assertThat(failure)
                    .hasMessageContaining("has " + bytes + " bytes")
                    .hasMessageContaining("take 106; use a shorter file name");
            assertThat(failure.isRetryable()).isFalse();
        });
    }

    @Test
    @DisplayName("a file where a folder has to be, and a link to nothing, are named")
    void input39WhatIsWrongOnTheWay() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nothing"));
        assertThat(connectFailure(probe().connect(Endpoint.unix(file.resolve("s")))))
                .hasMessageEndingWith(": " + file + " is a file, not a folder");
        assertThat(connectFailure(probe().startServer(Endpoint.unix(file.resolve("s")))))
                .hasMessageEndingWith(": " + file + " is a file, not a folder");
        assertThat(connectFailure(probe().connect(Endpoint.unix(link))))
                .hasMessageEndingWith(": a symbolic link to a file that does not exist");
    }

    @Test
    @DisplayName("S14 #6 a listener with a full backlog: the failure states that it is busy")
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
            assertThat(busy).isInstanceOf(PeerBusyException.class).hasMessageContaining("busy");
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
    @DisplayName("S10 #74 a socket file without a server is replaced")
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
        assertThat(failure.isRetryable()).isTrue();
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
                .hasMessage("cannot listen on " + nowhere + ": the folder " + folder.resolve("no") + " does not exist");
        assertThat(connectFailure(probe.connect(nowhere)))
                .hasMessage(
                        "cannot connect to " + nowhere + ": the folder " + folder.resolve("no") + " does not exist");
    }

    @Test
    @DisplayName("S14 a folder in which we may not make a socket")
    void aFolderThatWeMayNotWriteTo() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
        try {
            assertThat(attempt("listen"))
                    .contains("retryable: cannot listen on " + unix())
                    .contains("permission denied: write permission on the folder " + folder + " is needed");
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

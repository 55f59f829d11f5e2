package dev.qmp.internal.transport;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.QmpConnectException;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawServer;
import io.netty.channel.nio.NioIoHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file system that hangs while the file of a socket is looked at. */
@Timeout(20)
class SocketFilesTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final CountDownLatch answers = new CountDownLatch(1);
    private final Semaphore looks = new Semaphore(0);
    private volatile Executor threads = BlockingWork.SOCKET_FILES;
    private final NettyEventLoops loops = new NettyEventLoops(
            1,
            NameService.PLATFORM,
            new SocketFiles(task -> threads.execute(task), this::check, this::obstacle),
            false,
            () -> NioIoHandler.newFactory());

    @TempDir
    private Path folder;

    private Path check(Path path) {
        hang(path, "hangs");
        return UnixSocketFiles.checkToDial(path);
    }

    private Optional<String> obstacle(Path path) {
        hang(path, "missing");
        return Optional.ofNullable(UnixSocketFiles.obstacleToDial(path));
    }

    private void hang(Path path, String name) {
        if (path.getFileName().toString().equals(name)) {
            looks.release();
            awaitUninterruptibly(answers);
        }
    }

    @AfterEach
    void close() {
        answers.countDown();
        loops.close();
    }

    private LineProbe client() {
        return new LineProbe(ProtocolOptions.builder("vm1")
                .eventLoops(loops)
                .connectTimeout(Duration.ofSeconds(15))
                .build());
    }

    @Test
    @DisplayName("G1 a file system that hangs holds up its own connections, and no other one of their event loop")
    void othersGoOn() throws Exception {
        try (RawServer hanging = RawServer.unix(folder.resolve("hangs"));
                RawServer other = RawServer.unix(folder.resolve("other"))) {
            CompletableFuture<Void> waiting = client().connect(hanging.endpoint());
            looks.acquire();

            assertThat(client().connect(other.endpoint())).succeedsWithin(SOON);
            assertThat(waiting).isNotDone();

            answers.countDown();
            assertThat(waiting).succeedsWithin(SOON);
        }
    }

    @Test
    @DisplayName("G1 a file system that hangs during the search for a failure's reason holds up no other connection")
    void othersGoOnDuringTheSearch() throws Exception {
        try (RawServer other = RawServer.unix(folder.resolve("other"))) {
            CompletableFuture<Void> failing = client().connect(Endpoint.unix(folder.resolve("missing")));
            looks.acquire();

            assertThat(client().connect(other.endpoint())).succeedsWithin(SOON);
            assertThat(failing).isNotDone();

            answers.countDown();
            assertThat(failing)
                    .failsWithin(SOON)
                    .withThrowableThat()
                    .withCauseInstanceOf(QmpConnectException.class)
                    .withMessageContaining("no such file");
        }
    }

    @Test
    @DisplayName("G1 a look for which there is no thread ends the attempt at once, and the next attempt succeeds")
    void failsWithoutAThread() {
        try (RawServer server = RawServer.unix(folder.resolve("socket"))) {
            threads = look -> {
                throw new InternalError("unable to create native thread");
            };
            LineProbe client = client();
            assertThat(client.connect(server.endpoint()))
                    .failsWithin(SOON)
                    .withThrowableThat()
                    .withMessageContaining("unable to create native thread");
            threads = BlockingWork.SOCKET_FILES;
            assertThat(client.connect(server.endpoint())).succeedsWithin(SOON);
        }
    }

    @Test
    @DisplayName("a connection that is refused needs no look for the reason")
    void aRefusalIsReportedAtOnce() throws Exception {
        Path left = folder.resolve("missing");
        RawServer.unix(left).close(); // the file stays
        assertThat(client().connect(Endpoint.unix(left)))
                .failsWithin(SOON)
                .withThrowableThat()
                .withMessageContaining("connection refused");
        assertThat(looks.availablePermits()).isZero();
    }

    @Test
    @DisplayName("G1 a disconnect does not wait for a file system that hangs, and no attempt takes another thread")
    void occupiesOneThread() throws Exception {
        try (RawServer hanging = RawServer.unix(folder.resolve("hangs"))) {
            List<CompletableFuture<Void>> attempts = new ArrayList<>();
            attempts.add(client().connect(hanging.endpoint()));
            looks.acquire(); // a look that nobody waits for any more would be skipped
            for (int i = 0; i < 100; i++) {
                LineProbe client = client();
                attempts.add(client.connect(hanging.endpoint()));
                assertThat(client.disconnect()).succeedsWithin(SOON);
                assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            }
            assertThat(looks.availablePermits()).isZero();
            assertThat(attempts.subList(1, 101))
                    .allSatisfy(attempt -> assertThat(attempt).failsWithin(SOON));
        }
    }
}

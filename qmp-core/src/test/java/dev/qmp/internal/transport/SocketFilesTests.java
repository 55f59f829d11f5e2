package dev.qmp.internal.transport;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawServer;
import io.netty.channel.nio.NioIoHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
    private final NettyEventLoops loops = new NettyEventLoops(
            1,
            NameService.PLATFORM,
            new SocketFiles(BlockingWork.SOCKET_FILES, this::look),
            false,
            () -> NioIoHandler.newFactory());

    @TempDir
    private Path folder;

    private Path look(Path path) {
        if (path.getFileName().toString().startsWith("hangs")) {
            looks.release();
            awaitUninterruptibly(answers);
        }
        return UnixSocketFiles.checkToDial(path);
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
    @DisplayName("G1 a disconnect does not wait for a file system that hangs, and no attempt takes another thread")
    void occupiesOneThread() throws Exception {
        try (RawServer hanging = RawServer.unix(folder.resolve("hangs"))) {
            List<CompletableFuture<Void>> attempts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                LineProbe client = client();
                attempts.add(client.connect(hanging.endpoint()));
                assertThat(client.disconnect()).succeedsWithin(SOON);
                assertThat(client.runstate()).isEqualTo(Runstate.IDLE);
            }
            looks.acquire();
            assertThat(looks.availablePermits()).isZero();
            assertThat(attempts).allSatisfy(attempt -> assertThat(attempt).isCompletedExceptionally());
        }
    }
}

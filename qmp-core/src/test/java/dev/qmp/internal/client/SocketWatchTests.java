package dev.qmp.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.internal.client.SocketWatch.Watched;
import dev.qmp.protocol.Registration;
import dev.qmp.testing.ThrowingLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The watch of all clients while the logging library throws. */
@Timeout(20)
class SocketWatchTests {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ThrowingLog log = ThrowingLog.install(SocketWatch.class.getName());

    @AfterEach
    void restore() {
        log.close();
    }

    @Test
    @DisplayName("a check whose failure cannot be logged ends neither the other checks nor the watch")
    void aCheckThatCannotBeLogged(@TempDir Path folder) throws IOException {
        Path socket = Files.createFile(folder.resolve("vm1.qmp"));
        List<Runnable> checks = new ArrayList<>();
        SocketWatch watch = new SocketWatch(checks::add);
        List<String> appeared = new ArrayList<>();
        watch.watch(folder.resolve("broken.qmp"), Instant.EPOCH, () -> {}, () -> {
            throw new IllegalStateException("of the client");
        });
        watch.watch(socket, Instant.EPOCH, () -> appeared.add("vm2"), () -> false);

        checks.remove(0).run(); // as the thread does, until no file is watched
        assertThat(appeared).containsExactly("vm2");
        assertThat(log.lost()).containsExactly("{} is no longer watched");

        watch.watch(socket, Instant.EPOCH, () -> appeared.add("vm3"), () -> false);
        assertThat(checks).as("a new thread").hasSize(1);
        checks.remove(0).run();
        assertThat(appeared).endsWith("vm3");
    }

    @Test
    @DisplayName("an interrupt of the watching thread does not end its pauses")
    void anInterruptEndsOnePause(@TempDir Path folder) {
        AtomicReference<Thread> watching = new AtomicReference<>();
        SocketWatch watch = new SocketWatch(checks -> {
            watching.set(new Thread(checks, "watch-of-test"));
            watching.get().setDaemon(true);
            watching.get().start();
        });
        Registration watched = watch.watch(folder.resolve("vm1.qmp"), Instant.EPOCH, () -> {}, () -> false);

        watching.get().interrupt();

        await().until(() -> !watching.get().isInterrupted());
        assertThat(watching.get().isAlive()).isTrue();
        watched.close();
    }

    @Test
    @DisplayName("a file whose time is in the future, because the clock was ahead, is not new for each attempt")
    void aClockThatWasAhead() {
        Watched stays = watched();
        FileTime ahead = FileTime.from(NOW.plusSeconds(7200));
        assertThat(stays.isNew(ahead, NOW)).isFalse();
        assertThat(stays.isNew(ahead, NOW)).isFalse();
        assertThat(stays.isNew(FileTime.from(NOW.plusSeconds(7201)), NOW))
                .as("another server has bound it")
                .isTrue();

        Watched appears = watched();
        assertThat(appears.isNew(null, NOW)).isFalse();
        assertThat(appears.isNew(ahead, NOW)).isTrue();
    }

    @Test
    @DisplayName("a file is new from the attempt on")
    void newSinceTheAttempt() {
        assertThat(watched().isNew(FileTime.from(NOW.minusSeconds(2)), NOW)).isFalse();
        assertThat(watched().isNew(FileTime.from(NOW), NOW)).isTrue();
    }

    private static Watched watched() {
        return new Watched(Path.of("/run/vm1.qmp"), NOW.minusSeconds(1), () -> {}, () -> false);
    }

    @Test
    @DisplayName("a watch without a thread, which cannot be logged, does not fail its caller")
    void aWatchWithoutAThread(@TempDir Path folder) {
        SocketWatch watch = new SocketWatch(looks -> {
            throw new InternalError("unable to create native thread");
        });
        watch.watch(folder.resolve("vm1.qmp"), Instant.now(), () -> {}, () -> false);
        assertThat(watch.size()).isZero();
        assertThat(log.lost()).containsExactly("{} is not watched");
    }
}

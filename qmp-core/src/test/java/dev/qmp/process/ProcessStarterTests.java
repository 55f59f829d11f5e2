package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The thread that starts processes, on a system that has no thread left for a time. */
@Timeout(30)
class ProcessStarterTests {

    private static final String NO_THREAD = "unable to create native thread";

    /** A thread that cannot be started, or else does not run, because nothing would end it. */
    private static final class FakeThread extends Thread {

        private final boolean fails;
        private boolean started;

        FakeThread(boolean fails) {
            this.fails = fails;
        }

        @Override
        public synchronized void start() {
            if (fails) {
                throw new OutOfMemoryError(NO_THREAD);
            }
            started = true;
        }
    }

    @Test
    @DisplayName("a thread that cannot be started is created anew for the next task, and serves all later ones")
    void triesAgain() {
        List<FakeThread> threads = new ArrayList<>();
        ProcessStarter starter = new ProcessStarter(run -> {
            threads.add(new FakeThread(threads.isEmpty()));
            return threads.get(threads.size() - 1);
        });

        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> starter.execute(() -> {}))
                .withMessage(NO_THREAD);
        starter.execute(() -> {});
        starter.execute(() -> {});

        assertThat(threads).extracting(thread -> thread.started).containsExactly(false, true);
    }

    @Test
    @DisplayName("a start that cannot be handed to the thread throws, and leaves no directory")
    void leavesNoDirectory(@TempDir Path directory) {
        OutOfMemoryError failure = new OutOfMemoryError(NO_THREAD);
        Startup start = new Startup(QemuLauncher.of("sh").withDirectory(directory), task -> {
            assertThat(directory).isNotEmptyDirectory();
            throw failure;
        });

        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(start::begin)
                .isSameAs(failure);

        assertThat(directory).isEmptyDirectory();
    }
}

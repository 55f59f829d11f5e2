package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.process.OwnedProcesses.Owned;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the shutdown hook does to processes, in which order. The processes are fakes, and no time passes. */
@Timeout(10)
class OwnedProcessesTests {

    @TempDir
    private Path directory;

    private final List<String> signals = new ArrayList<>();

    private Owned owned(FakeProcess process, Duration grace) throws IOException {
        return new Owned(process.name, process, MachineFiles.create(directory), grace);
    }

    @Test
    void withoutAGraceAllAreTerminatedAtOnceAndKilledLater() throws IOException {
        FakeProcess obeys = new FakeProcess("obeys", Long.MAX_VALUE, true);
        FakeProcess frozen = new FakeProcess("frozen", Long.MAX_VALUE, false);
        OwnedProcesses.end(List.of(owned(frozen, Duration.ZERO), owned(obeys, Duration.ZERO)));
        assertThat(signals).containsExactly("frozen TERM", "obeys TERM", "frozen KILL");
        assertThat(frozen.waits).containsExactly(0L, 3L, 1L);
    }

    @Test
    void aProcessThatEndsWithinItsGraceReceivesNoSignal() throws IOException {
        FakeProcess ends = new FakeProcess("ends", 60, true);
        OwnedProcesses.end(List.of(owned(ends, Duration.ofMinutes(2))));
        assertThat(signals).isEmpty();
        assertThat(ends.waits).as("one wait, which the end of the process ends").startsWith(120L);
    }

    @Test
    void aProcessThatIsLeftBehindIsEndedAfterItsGrace() throws IOException {
        FakeProcess left = new FakeProcess("left", Long.MAX_VALUE, false);
        FakeProcess polite = new FakeProcess("polite", 60, true);
        FakeProcess none = new FakeProcess("none", Long.MAX_VALUE, false);
        OwnedProcesses.end(List.of(
                owned(polite, Duration.ofMinutes(2)), owned(left, Duration.ofSeconds(30)), owned(none, Duration.ZERO)));
        assertThat(signals).containsExactly("none TERM", "none KILL", "left TERM", "left KILL");
        assertThat(left.waits).containsExactly(30L, 33L, 1L);
    }

    @Test
    void aLineThatCannotBeLoggedLeavesNoProcess() throws IOException {
        FakeProcess left = new FakeProcess("left", Long.MAX_VALUE, false) {
            @Override
            public long pid() {
                throw new UnsupportedOperationException("of the test");
            }
        };
        FakeProcess later = new FakeProcess("later", Long.MAX_VALUE, true);
        OwnedProcesses.end(List.of(owned(left, Duration.ofSeconds(30)), owned(later, Duration.ofSeconds(40))));
        assertThat(signals).containsExactly("left TERM", "left KILL", "later TERM");
    }

    @Test
    void aGraceMayBeOfAnyLength() throws IOException {
        FakeProcess ends = new FakeProcess("ends", 60, true);
        Duration grace = QemuLauncher.of("qemu-system-aarch64")
                .withJvmShutdownGrace(Duration.ofSeconds(Long.MAX_VALUE))
                .jvmShutdownGrace();
        OwnedProcesses.end(List.of(owned(ends, grace)));
        assertThat(signals).isEmpty();
    }

    @Test
    void anInterruptEndsTheWaitsAndTheProcesses() throws IOException {
        FakeProcess left = new FakeProcess("left", Long.MAX_VALUE, false);
        Thread.currentThread().interrupt();
        OwnedProcesses.end(List.of(owned(left, Duration.ofMinutes(2))));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(signals).containsExactly("left TERM", "left KILL");
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "reads command lines in /proc")
    void findsAChildByItsPrivateDirectory() throws Exception {
        MachineFiles files = MachineFiles.create(directory);
        String longOption = "x".repeat(8192);
        Process own = new ProcessBuilder(
                        "sh", "-c", "sleep 300; :", longOption, files.socket().toString())
                .start();
        Process other = new ProcessBuilder("sh", "-c", "sleep 300; :", longOption).start();
        try {
            OwnedProcesses.killChildWith(files);
            assertThat(own.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(other.isAlive()).isTrue();
        } finally {
            own.destroyForcibly();
            other.destroyForcibly();
        }
    }

    /** A process that ends by itself after some seconds. A wait returns at once, as if its time had passed. */
    private class FakeProcess extends Process {

        private final String name;
        private final long seconds;
        private final boolean obeys;
        private final List<Long> waits = new ArrayList<>();
        private boolean ended;

        FakeProcess(String name, long seconds, boolean obeys) {
            this.name = name;
            this.seconds = seconds;
            this.obeys = obeys;
        }

        @Override
        public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
            if (Thread.currentThread().isInterrupted()) {
                Thread.interrupted();
                throw new InterruptedException();
            }
            // the hook subtracts the time since its begin, which is less than half a second here
            long rounded = Math.round(unit.toMillis(timeout) / 1000.0);
            waits.add(rounded);
            ended |= rounded >= seconds;
            return ended;
        }

        @Override
        public void destroy() {
            signals.add(name + " TERM");
            ended |= obeys;
        }

        @Override
        public Process destroyForcibly() {
            signals.add(name + " KILL");
            return this;
        }

        @Override
        public boolean isAlive() {
            return !ended;
        }

        @Override
        public long pid() {
            return 1;
        }

        @Override
        public OutputStream getOutputStream() {
            throw new UnsupportedOperationException();
        }

        @Override
        public InputStream getInputStream() {
            throw new UnsupportedOperationException();
        }

        @Override
        public InputStream getErrorStream() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int waitFor() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int exitValue() {
            throw new UnsupportedOperationException();
        }
    }
}

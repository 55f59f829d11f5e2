package dev.qmp.hmp;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.hmp.HmpException.Kind;
import dev.qmp.process.QemuLauncher;
import dev.qmp.process.QemuProcess;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The human monitor of a real QEMU. */
@Timeout(60)
@RequiresQemu
class HmpIntegrationTests {

    private static QemuProcess machine;
    private static Hmp hmp;

    @BeforeAll
    static void start() {
        machine = QemuLauncher.of("qemu-system-x86_64", "-machine", "pc,accel=tcg", "-display", "none", "-nodefaults")
                .withArguments("-S", "-m", "16", "-smp", "2")
                .startAndWait();
        hmp = Hmp.of(machine.client());
    }

    @AfterAll
    static void stop() {
        machine.close();
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    @Test
    void returnsTextAndLines() throws Exception {
        assertThat(get(hmp.execute("info status")).lines().get(0)).startsWith("VM status: paused");
        assertThat(get(hmp.execute("info cpus")).lines()).hasSize(2);
        assertThat(get(hmp.withCpu(1).execute("info cpus")).text()).contains("* CPU #1:");
        assertThat(get(hmp.executeQuietly("stop")).text()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "UNKNOWN_COMMAND, bogus",
        "UNKNOWN_COMMAND, info bogus",
        "WRONG_ARGUMENTS, device_del",
        "WRONG_ARGUMENTS, cont 1 2",
        "FAILED, device_del nope",
        "FAILED, commit nope",
        "FAILED, drive_del nope",
        "FAILED, eject nope",
        "FAILED, 'drive_add 0 if=none,file=/nonexistent'",
        "FAILED, sendkey nope",
        "FAILED, trace-event nope on",
        "FAILED, cpu 7",
        "FAILED, info snapshots"
    })
    void failsWithAnErrorOfQemu(Kind kind, String commandLine) throws Exception {
        assertThat(failureOf(hmp.execute(commandLine))).isInstanceOfSatisfying(HmpException.class, failure -> {
            assertThat(failure.kind()).isEqualTo(kind);
            assertThat(failure.text()).isNotBlank();
        });
        assertThat(get(hmp.executeUnjudged(commandLine)).text()).isNotBlank();
    }

    @Test
    void aQuietCommandThatPrintsFails() throws Exception {
        assertThat(failureOf(hmp.executeQuietly("info status"))).isInstanceOfSatisfying(HmpException.class, failure -> {
            assertThat(failure.kind()).isEqualTo(Kind.UNEXPECTED_TEXT);
            assertThat(failure.command()).isEqualTo("info status");
        });
        assertThat(failureOf(hmp.executeQuietly("boot_set nope"))).hasMessageContaining("HMP boot_set: ");
    }

    @Test
    void readsQuotedFileNames(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("a \"b\" \\c");
        get(hmp.executeQuietly("pmemsave 0 16 " + Hmp.quote(file.toString())));
        assertThat(Files.size(file)).isEqualTo(16);
    }

    @Test
    void failuresAreNotWrapped() throws Exception {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        failureOf(hmp.execute("bogus").whenComplete((output, failure) -> seen.set(failure)));
        assertThat(seen.get()).isInstanceOf(HmpException.class);
    }

    @Test
    void failsAsACommandOfQmp() throws Exception {
        assertThat(failureOf(hmp.withCpu(99).execute("info registers"))).isInstanceOf(RejectedException.class);
        try (QmpClient idle = QmpClient.builder("tcp:127.0.0.1:1").build()) {
            assertThat(failureOf(Hmp.of(idle).execute("info status"))).isInstanceOf(NotSentException.class);
        }
    }
}

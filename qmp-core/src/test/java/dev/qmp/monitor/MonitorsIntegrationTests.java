package dev.qmp.monitor;

import static dev.qmp.testing.Waits.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.monitor.MonitorRefusedException.Reason;
import dev.qmp.process.QemuLauncher;
import dev.qmp.process.QemuProcess;
import dev.qmp.protocol.Runstate;
import dev.qmp.qapi.command.QueryStatus;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Monitors that are added to a running QEMU. */
@Timeout(60)
@RequiresQemu
class MonitorsIntegrationTests {

    private static final String ADDED = "monitors are objects since QEMU 11.1";

    @TempDir
    private Path directory;

    private static QemuProcess machine;
    private static QmpClient vm;
    private static Monitors monitors;

    @BeforeAll
    static void start() {
        machine = QemuLauncher.of("qemu-system-x86_64", "-machine", "none", "-display", "none", "-nodefaults")
                .withArguments("-object", "iothread,id=io0")
                .startAndWait();
        vm = machine.client();
        monitors = Monitors.of(vm);
    }

    @AfterAll
    static void stop() {
        machine.close();
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    private static void assertRefused(CompletableFuture<?> future, Reason reason) throws Exception {
        assertThat(failureOf(future))
                .isInstanceOfSatisfying(MonitorRefusedException.class, refusal -> assertThat(refusal.reason())
                        .isEqualTo(reason));
    }

    private static List<String> chardevs() throws Exception {
        return vm.execute(QmpCommand.of("query-chardev")).get().findValuesAsString("label");
    }

    @Test
    @RequiresQemu(from = "11.1", reason = ADDED)
    void aSecondClientSharesTheMachine() throws Exception {
        Path socket = directory.resolve("second.qmp");
        SecondMonitor added = get(monitors.add("second", socket));
        try (QmpClient other = QmpClient.builder(added.endpoint())
                .reconnect(ReconnectPolicy.never())
                .build()) {
            other.blocking().connect();
            assertThat(other.blocking().execute(QueryStatus.command()).running())
                    .isTrue();
            assertRefused(monitors.add("second", directory.resolve("other.qmp")), Reason.ID_TAKEN);
            assertThat(failureOf(Monitors.of(other).remove("second"))).isInstanceOf(RejectedException.class);
            get(monitors.remove("second"));
            await().until(() -> other.runstate() == Runstate.IDLE);
        }
        assertThat(socket).doesNotExist();
        assertThat(chardevs()).doesNotContain("second");
        get(monitors.remove("second"));
    }

    @Test
    @RequiresQemu(from = "11.1", reason = ADDED)
    void nothingIsReplacedAtThePath() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "precious");
        assertRefused(monitors.add("m1", file), Reason.PATH_EXISTS);
        assertThat(file).hasContent("precious");
        assertThat(chardevs()).doesNotContain("m1");
    }

    @Test
    @RequiresQemu(from = "11.1", reason = ADDED)
    void otherObjectsAreLeftAlone() throws Exception {
        assertRefused(monitors.add("io0", directory.resolve("io0")), Reason.ID_TAKEN);
        assertRefused(monitors.remove("io0"), Reason.NO_MONITOR);
    }

    @Test
    @RequiresQemu(from = "11.1", reason = ADDED)
    void aDirectoryThatIsMissingLeavesNothing() throws Exception {
        assertThat(failureOf(monitors.add("m2", directory.resolve("none/socket"))))
                .isInstanceOf(RejectedException.class)
                .hasMessageContaining("Failed to bind socket");
        assertThat(chardevs()).doesNotContain("m2");
    }

    @Test
    @RequiresQemu(from = "11.1", reason = ADDED)
    void aCancelledAdditionIsUndone() throws Exception {
        for (int i = 0; i < 5; i++) {
            CompletableFuture<SecondMonitor> addition = monitors.add("m3", directory.resolve("m3"));
            addition.cancel(false);
        }
        await().until(() -> !chardevs().contains("m3") && !Files.exists(directory.resolve("m3")));
        get(monitors.add("m3", directory.resolve("m3")));
        get(monitors.remove("m3"));
    }

    @Test
    @RequiresQemu(before = "11.1", reason = ADDED)
    void anOlderMachineIsNotTouched() throws Exception {
        assertRefused(monitors.add("second", directory.resolve("second.qmp")), Reason.UNSUPPORTED);
        assertThat(chardevs()).doesNotContain("second");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void idsFollowTheRule() {
        assertThat(Map.of("", "", "1a", "", "a,b", "", "ä", "").keySet()).allSatisfy(id -> {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> monitors.add(id, directory))
                    .withMessageContaining("id must be");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> monitors.remove(id))
                    .withMessageContaining("id must be");
        });
    }
}

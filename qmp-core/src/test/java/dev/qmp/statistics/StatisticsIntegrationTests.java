package dev.qmp.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.hmp.Hmp;
import dev.qmp.qapi.command.QueryVersion;
import dev.qmp.qapi.type.DirtyRateMeasureMode;
import dev.qmp.qapi.type.StatsTarget;
import dev.qmp.task.TaskFailedException;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Statistics of real QEMUs. The machine has no guest; its monitor writes to the disk. */
@RequiresQemu
@Timeout(120)
class StatisticsIntegrationTests {

    private static final Logger LOGGER = LoggerFactory.getLogger(StatisticsIntegrationTests.class);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    private static Path folder;

    private static Qemu qemu;
    private static QmpClient vm;

    @BeforeAll
    static void start() throws IOException {
        Path image = Files.write(folder.resolve("disk"), new byte[1 << 20]);
        qemu = Qemu.withMachine(
                "pc,accel=tcg",
                "-S",
                "-m",
                "64",
                "-blockdev",
                "driver=file,node-name=n0,filename=" + image,
                "-device",
                "virtio-blk-pci,id=d0,drive=n0",
                "-device",
                "virtio-balloon-pci,id=b0");
        qemu.restart();
        vm = QmpClient.builder(qemu.endpoint()).build();
        vm.blocking().connect();
    }

    @AfterAll
    static void stop() {
        vm.close();
        qemu.close();
    }

    private static int version() {
        return Math.toIntExact(
                vm.blocking().execute(QueryVersion.command()).qemu().major());
    }

    private static void write(String range) {
        Hmp hmp = Hmp.of(vm);
        String io = "qemu-io -d /machine/peripheral/d0/virtio-backend ";
        hmp.execute(io + Hmp.quote("aio_write " + range)).join();
        hmp.execute(io + "aio_flush").join();
    }

    @Test
    void theFiveLinesOfTheGuide() throws Exception {
        Statistics statistics = Statistics.of(vm);
        BlockSample first = statistics.block().get();
        DirtyRate memory = statistics.dirtyRate(Duration.ofSeconds(1)).await(MINUTE);
        List<BlockRate> rates = statistics.block().get().ratesSince(first);
        LOGGER.info("memory: {} B/s, disks: {}", memory.bytesPerSecond(), rates);

        assertThat(memory.bytesPerSecond()).isZero();
        assertThat(memory.period()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(30));
        assertThat(rates).extracting(BlockRate::name).contains("d0");
    }

    @Test
    void writesOfADeviceAreCounted() {
        Statistics statistics = Statistics.of(vm);
        BlockSample before = statistics.block().join();
        write("0 64k");
        BlockSample after = statistics.block().join();

        BlockRate rate = after.ratesSince(before).stream()
                .filter(each -> each.name().equals("d0"))
                .findFirst()
                .orElseThrow();
        double seconds = rate.period().toNanos() / 1e9;
        assertThat(rate.writes().bytesPerSecond() * seconds).isBetween(65535.0, 65537.0);
        assertThat(rate.writes().latency()).isPositive();
        assertThat(rate.reads().latency()).isNull();
        assertThat(statistics.blockNodes().join()).anySatisfy(node -> {
            assertThat(node.name()).isEqualTo("n0");
            assertThat(node.highestWriteOffset()).isEqualTo(65536);
        });
    }

    @Test
    void aRestartedMachineHasNoNegativeRates() {
        try (Qemu other = Qemu.withMachine(
                        "pc,accel=tcg",
                        "-S",
                        "-blockdev",
                        "driver=null-co,read-zeroes=on,node-name=n1,size=1048576",
                        "-device",
                        "virtio-blk-pci,id=d0,drive=n1");
                QmpClient restarted = QmpClient.builder(other.endpoint()).build()) {
            write("0 4k");
            BlockSample before = Statistics.of(vm).block().join();
            other.restart();
            restarted.blocking().connect();
            assertThat(Statistics.of(restarted).block().join().ratesSince(before))
                    .isEmpty();
        }
    }

    @Test
    @RequiresQemu(from = "7.1", reason = "query-stats")
    void queryStatsIsEmptyWithoutKvm() {
        for (StatsTarget target : List.of(StatsTarget.VM, StatsTarget.VCPU)) {
            StatsSample sample = Statistics.of(vm).stats(target).join();
            assertThat(sample.values()).isEmpty();
            assertThat(Statistics.of(vm).stats(target).join().ratesSince(sample))
                    .isEmpty();
        }
    }

    @Test
    void targetsThatQemuLacksAreRefused() {
        if (version() < 7) {
            assertThatThrownBy(() -> Statistics.of(vm).stats(StatsTarget.VM).join())
                    .hasCauseInstanceOf(StatisticsUnsupportedException.class)
                    .hasMessageContaining("needs QEMU 7.1 or later");
        }
        if (version() < 8) {
            assertThatThrownBy(
                            () -> Statistics.of(vm).stats(StatsTarget.CRYPTODEV).join())
                    .hasCauseInstanceOf(StatisticsUnsupportedException.class);
        } else {
            assertThat(Statistics.of(vm).stats(StatsTarget.CRYPTODEV).join().values())
                    .isEmpty();
        }
    }

    @Test
    void aGuestThatHasNotReportedHasNoValues() {
        Statistics statistics = Statistics.of(vm);
        statistics.pollGuestMemory("b0", Duration.ofSeconds(1)).join();
        GuestMemory memory = statistics.guestMemory("b0").join();
        assertThat(memory.updated()).isNull();
        assertThat(memory.total()).isNull();
        assertThat(memory.free()).isNull();
        assertThat(memory.others()).isEmpty();
        statistics.pollGuestMemory("b0", Duration.ZERO).join();
        assertThat(statistics.balloonSize().join()).isEqualTo(64L << 20);
        assertThatThrownBy(() -> statistics.guestMemory("d0").join())
                .hasCauseInstanceOf(RejectedException.class)
                .hasMessageContaining("guest-stats");
    }

    @Test
    void optionsOfTheDirtyRateDependOnTheVersion() {
        Statistics statistics = Statistics.of(vm);
        DirtyRateOptions bitmap =
                DirtyRateOptions.ofPeriod(Duration.ofSeconds(1)).withMode(DirtyRateMeasureMode.DIRTY_BITMAP);
        if (version() < 10) {
            assertThatExceptionOfType(TaskFailedException.class)
                    .isThrownBy(() -> statistics.dirtyRate(bitmap).await(MINUTE))
                    .withMessageContaining("crashes QEMU before version 10");
            assertThatExceptionOfType(TaskFailedException.class)
                    .isThrownBy(
                            () -> statistics.dirtyRate(Duration.ofMillis(100)).await(MINUTE))
                    .withMessageContaining("this version of QEMU lacks the option");
        } else {
            assertThat(statistics.dirtyRate(bitmap).await(MINUTE).mode()).isEqualTo(DirtyRateMeasureMode.DIRTY_BITMAP);
            DirtyRate rate = statistics
                    .dirtyRate(DirtyRateOptions.ofPeriod(Duration.ofMillis(100)).withSamplePages(128))
                    .await(MINUTE);
            assertThat(rate.period()).isBetween(Duration.ofMillis(100), Duration.ofSeconds(30));
        }
        assertThat(qemu.isAlive()).isTrue();
    }
}

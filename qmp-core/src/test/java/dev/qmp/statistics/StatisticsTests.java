package dev.qmp.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.ResultException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.qapi.type.DirtyRateMeasureMode;
import dev.qmp.qapi.type.StatsProvider;
import dev.qmp.qapi.type.StatsTarget;
import dev.qmp.qapi.type.StatsUnit;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Samples, their rates and their failures against a server. */
@Timeout(60)
class StatisticsTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final BigInteger NOT_AVAILABLE = new BigInteger("18446744073709551615");

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final QmpClient vm =
            QmpClient.builder(server.endpoint()).name("vm1").build();
    private final Statistics statistics = Statistics.of(vm);

    @BeforeEach
    void connect() {
        vm.blocking().connect();
    }

    @AfterEach
    void close() {
        vm.close();
        server.close();
    }

    private static <T> T get(CompletableFuture<T> future) {
        return Objects.requireNonNull(future.orTimeout(20, TimeUnit.SECONDS).join());
    }

    /** Answers with JSON whose quotes are single ones. */
    private void answer(String command, String... results) {
        CommandHandler[] handlers = Stream.of(results)
                .map(result -> CommandHandler.returning(JSON.readTree(result.replace('\'', '"'))))
                .toArray(CommandHandler[]::new);
        CommandHandler[] later = Arrays.copyOfRange(handlers, 1, handlers.length);
        server.handle(command, CommandHandler.inTurn(handlers[0], later));
    }

    private List<String> sent(String command) {
        return server.received().stream()
                .filter(each -> each.name().equals(command))
                .map(QmpCommand::arguments)
                .map(arguments -> arguments == null ? "" : arguments.toString())
                .toList();
    }

    // block devices

    private static String device(String names, Map<String, Long> values) {
        Map<String, Object> stats = new HashMap<>();
        for (String kind : List.of("rd", "wr", "flush", "unmap")) {
            stats.put("failed_" + kind + "_operations", 0);
            stats.put("invalid_" + kind + "_operations", 0);
            stats.put(kind + "_operations", 0);
            stats.put(kind + "_total_time_ns", 0);
            if (!kind.equals("flush")) {
                stats.put(kind + "_bytes", 0);
                stats.put(kind + "_merged", 0);
            }
        }
        stats.put("wr_highest_offset", 0);
        stats.put("account_invalid", true);
        stats.put("account_failed", true);
        stats.put("timed_stats", List.of());
        stats.putAll(values);
        return "{" + names + ",'stats':" + QmpJson.toTree(stats) + "}";
    }

    private static String disk(long reads, long bytes, long nanos) {
        return "["
                + device(
                        "'device':'','qdev':'/machine/peripheral/d0/virtio-backend','node-name':'n0'",
                        Map.of("rd_operations", reads, "rd_bytes", bytes, "rd_total_time_ns", nanos))
                + "]";
    }

    private static BlockSample at(BlockSample sample, long nanoTime) {
        return new BlockSample(new SampleTime(Instant.EPOCH, nanoTime), sample.devices());
    }

    @Test
    void twoSamplesGiveTheRatesOfADevice() {
        answer("query-blockstats", disk(10, 4096, 5_000_000), disk(30, 4096 * 5, 45_000_000));
        BlockSample first = at(get(statistics.block()), 0);
        BlockSample second = at(get(statistics.block()), 2_000_000_000);

        assertThat(second.ratesSince(first)).singleElement().satisfies(rate -> {
            assertThat(rate.name()).isEqualTo("d0");
            assertThat(rate.period()).isEqualTo(Duration.ofSeconds(2));
            assertThat(rate.reads()).isEqualTo(new IoRate(8192, 10, Duration.ofMillis(2)));
            assertThat(rate.writes()).isEqualTo(new IoRate(0, 0, null));
        });
    }

    @Test
    void aDeviceWhoseCountersRestartedHasNoRate() {
        answer("query-blockstats", disk(10, 4096, 5_000_000), disk(30, 512, 45_000_000));
        BlockSample first = at(get(statistics.block()), 0);
        BlockSample second = at(get(statistics.block()), 1);

        assertThat(second.ratesSince(first)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> first.ratesSince(second))
                .withMessageStartingWith("earlier must be an earlier sample, but is of 1970-01-01T00:00:00Z");
    }

    @Test
    void aDeviceThatTheEarlierSampleLacksHasNoRate() {
        answer("query-blockstats", "[]", disk(1, 1, 1));
        BlockSample first = at(get(statistics.block()), 0);
        assertThat(at(get(statistics.block()), 1).ratesSince(first)).isEmpty();
        assertThat(first.find("d0")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'device':'','qdev':'/machine/peripheral/d0' | d0",
                "'device':'x','qdev':'/machine/peripheral/d0/a/b' | d0",
                "'device':'x','qdev':'/machine/unattached/device[1]' | x",
                "'device':'','qdev':'/machine/unattached/device[1]' | /machine/unattached/device[1]",
                "'device':'ide0-cd0' | ide0-cd0",
                "'node-name':'n0' | n0"
            })
    void aDeviceIsNamedByItsId(String names, String expected) {
        answer("query-blockstats", "[" + device(names, Map.of("idle_time_ns", 7L)) + "]");
        BlockCounters device = get(statistics.block()).devices().get(0);
        assertThat(device.name()).isEqualTo(expected);
        assertThat(device.idle()).isEqualTo(Duration.ofNanos(7));
    }

    @Test
    void nodesHaveTheirHighestOffset() {
        answer("query-blockstats", "[" + device("'node-name':'n0'", Map.of("wr_highest_offset", 65536L)) + "]");
        assertThat(get(statistics.blockNodes())).containsExactly(new BlockNode("n0", 65536, null));
        assertThat(sent("query-blockstats")).containsExactly("{\"query-nodes\":true}");
    }

    // query-stats

    private static StatsSample at(StatsSample sample, long nanoTime) {
        return new StatsSample(new SampleTime(Instant.EPOCH, nanoTime), sample.target(), sample.values());
    }

    private static String cpus(long exits0, long nanos0, long exits1) {
        return "[{'provider':'kvm','qom-path':'/machine/cpu[0]','stats':[{'name':'exits','value':" + exits0
                + "},{'name':'halted','value':" + nanos0 + "},{'name':'pages','value':3},"
                + "{'name':'spread','value':[1,2]},{'name':'new','value':true}]},"
                + "{'provider':'kvm','qom-path':'/machine/cpu[1]','stats':[{'name':'exits','value':" + exits1 + "}]}]";
    }

    private void describeCpus() {
        answer(
                "query-stats-schemas",
                "[{'provider':'kvm','target':'vm','stats':[{'name':'exits','type':'peak','exponent':5}]},"
                        + "{'provider':'kvm','target':'vcpu','stats':["
                        + "{'name':'exits','type':'cumulative','exponent':0},"
                        + "{'name':'halted','type':'cumulative','unit':'seconds','base':10,'exponent':-9},"
                        + "{'name':'pages','type':'instant','exponent':0},"
                        + "{'name':'spread','type':'log2-histogram','exponent':0}]}]");
    }

    @Test
    void valuesThatAccumulateHaveRatesInTheirUnit() {
        describeCpus();
        answer("query-stats", cpus(100, 1_000_000_000, 50), cpus(300, 3_000_000_000L, 40));
        StatsSample first = at(get(statistics.stats(StatsTarget.VCPU)), 0);
        StatsSample second = at(get(statistics.stats(StatsTarget.VCPU)), 4_000_000_000L);

        assertThat(sent("query-stats").get(0)).isEqualTo("{\"target\":\"vcpu\"}");
        Statistic halted = Objects.requireNonNull(second.find(StatsProvider.KVM, "/machine/cpu[0]", "halted"));
        assertThat(halted.number()).isEqualTo(3.0);
        Statistic spread = Objects.requireNonNull(second.find(StatsProvider.KVM, "/machine/cpu[0]", "spread"));
        assertThat(spread.number()).isNull();
        assertThat(second.ratesSince(first))
                .as("CPU 1 has restarted")
                .containsExactly(
                        new StatisticRate(StatsProvider.KVM, "/machine/cpu[0]", "exits", null, 50),
                        new StatisticRate(StatsProvider.KVM, "/machine/cpu[0]", "halted", StatsUnit.SECONDS, 0.5));
    }

    @Test
    void samplesOfDifferentTargetsGiveNoRate() {
        describeCpus();
        answer("query-stats", "[]");
        StatsSample cpus = get(statistics.stats(StatsTarget.VCPU));
        StatsSample machine = get(statistics.stats(StatsTarget.VM));
        assertThat(sent("query-stats")).contains("{\"target\":\"vm\"}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> machine.ratesSince(cpus))
                .withMessage("earlier must be a sample of vm, but is one of vcpu");
    }

    @Test
    void anOldMachineIsNamedAsTooOld() {
        assertThatThrownBy(() -> get(statistics.stats(StatsTarget.VM)))
                .cause()
                .isInstanceOf(StatisticsUnsupportedException.class)
                .hasMessage("vm1 has no query-stats, which needs QEMU 7.1 or later")
                .hasCauseInstanceOf(RejectedException.class);

        answer("query-stats-schemas", "[]");
        server.handle(
                "query-stats",
                CommandHandler.rejecting("GenericError", "Parameter 'target' does not accept value 'cryptodev'"));
        assertThatThrownBy(() -> get(statistics.stats(StatsTarget.CRYPTODEV)))
                .cause()
                .isInstanceOf(StatisticsUnsupportedException.class)
                .hasMessage("query-stats of vm1 does not know the target cryptodev; cryptodev needs QEMU 8.0 or later");
    }

    // memory

    @Test
    void aValueThatIsNotAvailableIsNull() {
        answer(
                "qom-get",
                "{'stats':{'stat-total-memory':" + NOT_AVAILABLE + ",'stat-free-memory':4096,'stat-oom-kills':2,"
                        + "'stat-async-scans':" + NOT_AVAILABLE + "},'last-update':86400}",
                "{'stats':{'stat-total-memory':" + NOT_AVAILABLE + "},'last-update':0}");

        GuestMemory memory = get(statistics.guestMemory("b0"));
        assertThat(memory.total()).isNull();
        assertThat(memory.free()).isEqualTo(4096);
        assertThat(memory.available()).isNull();
        assertThat(memory.updated()).isEqualTo(Instant.ofEpochSecond(86400));
        assertThat(memory.others()).isEqualTo(Map.of("stat-oom-kills", 2L));
        assertThat(memory.toString()).doesNotContain(NOT_AVAILABLE.toString());

        assertThat(get(statistics.guestMemory("/machine/b1")).updated()).isNull();
        assertThat(sent("qom-get"))
                .containsExactly(
                        "{\"path\":\"/machine/peripheral/b0\",\"property\":\"guest-stats\"}",
                        "{\"path\":\"/machine/b1\",\"property\":\"guest-stats\"}");
    }

    @Test
    void aResultOfAnotherShapeIsRefused() {
        answer("qom-get", "{'status':1}");
        assertThatThrownBy(() -> get(statistics.guestMemory("b0"))).hasCauseInstanceOf(ResultException.class);
    }

    @Test
    void theBalloonIsAskedAndSet() {
        answer("query-balloon", "{'actual':1048576}");
        server.handle("qom-set", CommandHandler.returning(null));
        assertThat(get(statistics.balloonSize())).isEqualTo(1048576);
        statistics.pollGuestMemory("b0", Duration.ofSeconds(5)).join();
        assertThat(sent("qom-set"))
                .containsExactly("{\"path\":\"/machine/peripheral/b0\","
                        + "\"property\":\"guest-stats-polling-interval\",\"value\":5}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> statistics.pollGuestMemory("b0", Duration.ofMillis(1500)))
                .withMessage("interval must be in whole seconds from 0 to 4294967295, not PT1.5S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> statistics.guestMemory(" "))
                .withMessage("balloon must not be blank");
    }

    // dirty rate

    private static String status(String status, String more) {
        return "{'status':'" + status + "','start-time':1,'calc-time':2" + more + "}";
    }

    @Test
    void theDirtyRateIsAwaited() {
        answer(
                "query-dirty-rate",
                status("unstarted", ""),
                status("unstarted", ""),
                status("measuring", ",'dirty-rate':77"),
                status("measured", ",'dirty-rate':3,'mode':'dirty-ring','vcpu-dirty-rate':[{'id':1,'dirty-rate':2}]"));
        server.handle("calc-dirty-rate", CommandHandler.returning(null));
        DirtyRateOptions options = DirtyRateOptions.ofPeriod(SHORT).withMode(DirtyRateMeasureMode.DIRTY_RING);

        DirtyRate rate = statistics.dirtyRate(options.withSamplePages(128)).await(SOON);
        assertThat(rate)
                .isEqualTo(new DirtyRate(
                        3 << 20, Duration.ofMillis(2), DirtyRateMeasureMode.DIRTY_RING, Map.of(1L, 2L << 20)));
        assertThat(sent("calc-dirty-rate"))
                .containsExactly("{\"calc-time\":50,\"calc-time-unit\":\"millisecond\",\"mode\":\"dirty-ring\","
                        + "\"sample-pages\":128}");
        assertThat(sent("query-dirty-rate")).hasSize(4).last().isEqualTo("{\"calc-time-unit\":\"millisecond\"}");
    }

    @Test
    void wholeSecondsNeedNoNewQemu() {
        answer("query-dirty-rate", status("measured", ",'dirty-rate':1"));
        server.handle("calc-dirty-rate", CommandHandler.returning(null));
        DirtyRate rate = statistics.dirtyRate(Duration.ofSeconds(1)).await(SOON);
        assertThat(rate).isEqualTo(new DirtyRate(1 << 20, Duration.ofSeconds(2), null, Map.of()));
        assertThat(sent("calc-dirty-rate")).containsExactly("{\"calc-time\":1}");
    }

    private void assertFailure(Task<DirtyRate> task, String reason) {
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> task.await(SOON))
                .withMessage("dirty rate failed: " + reason);
    }

    @Test
    void aRateOfMinusOneIsAFailure() {
        answer("query-dirty-rate", status("unstarted", ""), status("measured", ",'dirty-rate':-1"));
        server.handle("calc-dirty-rate", CommandHandler.returning(null));
        assertFailure(
                statistics.dirtyRate(SHORT),
                "QEMU has measured no rate; the machine may have too little memory for it");
    }

    @Test
    void aMeasurementUnderWayIsNotMistakenForThisOne() {
        answer("query-dirty-rate", status("measuring", ""));
        assertFailure(statistics.dirtyRate(SHORT), "another measurement is under way; try again when it has ended");
        assertThat(sent("calc-dirty-rate")).isEmpty();
    }

    @Test
    void anOptionThatQemuLacksIsNamed() {
        answer("query-dirty-rate", status("unstarted", ""));
        server.handle("calc-dirty-rate", CommandHandler.rejecting("GenericError", "Parameter 'mode' is unexpected"));
        assertFailure(
                statistics.dirtyRate(SHORT), "Parameter 'mode' is unexpected; this version of QEMU lacks the option");
    }

    @Test
    void aModeThatCrashesQemuIsNotSent() {
        answer("query-kvm", "{'present':true,'enabled':false}");
        answer("query-version", "{'qemu':{'major':7,'minor':2,'micro':0},'package':''}");
        DirtyRateOptions options = DirtyRateOptions.ofPeriod(SHORT).withMode(DirtyRateMeasureMode.DIRTY_BITMAP);
        assertFailure(
                statistics.dirtyRate(options),
                "the mode dirty-bitmap without KVM crashes QEMU before version 10; use page-sampling");
        assertThat(sent("calc-dirty-rate")).isEmpty();
    }

    @Test
    void aLostSessionLeavesTheOutcomeUnknown() throws Exception {
        answer("query-dirty-rate", status("unstarted", ""));
        server.handle("calc-dirty-rate", CommandHandler.returning(null));
        Task<DirtyRate> task = statistics.dirtyRate(Duration.ofSeconds(60));
        server.awaitReceived("calc-dirty-rate", SOON);
        server.disconnectClient().join();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> task.await(SOON));
    }

    @Test
    void aMeasurementWithoutASessionIsNotSent() {
        vm.disconnect().join();
        Task<DirtyRate> task = statistics.dirtyRate(SHORT);
        assertThatExceptionOfType(NotSentException.class).isThrownBy(() -> task.await(SOON));
    }

    @Test
    void aMeasurementCannotBeCancelled() {
        answer("query-dirty-rate", status("unstarted", ""), status("measured", ",'dirty-rate':0"));
        server.handle("calc-dirty-rate", CommandHandler.returning(null));
        Task<DirtyRate> task = statistics.dirtyRate(Duration.ofSeconds(1));
        assertThatThrownBy(() -> task.cancel().join()).hasMessageContaining("QEMU cannot end a measurement");
        assertThat(task.await(SOON).bytesPerSecond()).isZero();
    }

    @Test
    void optionsOutOfRangeAreRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> statistics.dirtyRate(Duration.ofSeconds(61)))
                .withMessage("period must be from 50 ms to 60 s, not PT1M1S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DirtyRateOptions.ofPeriod(Duration.ofNanos(60_000_001)))
                .withMessage("period must be in whole milliseconds, not PT0.060000001S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DirtyRateOptions.ofPeriod(SHORT).withSamplePages(5))
                .withMessage("pages must be from 128 to 16384, not 5");
    }
}

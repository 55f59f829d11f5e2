package dev.qmp.statistics;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpErrorInfo;
import dev.qmp.qapi.command.QomGet;
import dev.qmp.qapi.command.QomSet;
import dev.qmp.qapi.command.QueryBalloon;
import dev.qmp.qapi.command.QueryBlockstats;
import dev.qmp.qapi.command.QueryStats;
import dev.qmp.qapi.command.QueryStatsSchemas;
import dev.qmp.qapi.type.BalloonInfo;
import dev.qmp.qapi.type.StatsFilter;
import dev.qmp.qapi.type.StatsTarget;
import dev.qmp.task.Task;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.LongNode;

/**
 * The statistics of one machine as typed samples.
 *
 * <pre>{@code
 * Statistics statistics = Statistics.of(vm);
 * BlockSample first = statistics.block().get();
 * DirtyRate memory = statistics.dirtyRate(Duration.ofSeconds(1)).await(Duration.ofMinutes(1));
 * List<BlockRate> rates = statistics.block().get().ratesSince(first);
 * log.info("memory: {} B/s, disks: {}", memory.bytesPerSecond(), rates);
 * }</pre>
 *
 * <p>Every method needs a session ({@code RUNNING}) and returns at once. Futures fail as {@link QmpClient#execute}.
 * Nothing is remembered between two calls: the caller keeps the samples, and takes them as often as it needs.
 *
 * <p>Immutable, and cheap to make. Thread safety: any thread may use it. Futures complete on the client's callback
 * executor.
 */
public final class Statistics {

    private static final String DEVICES = "/machine/peripheral/";
    private static final long LONGEST_INTERVAL = 0xffff_ffffL;

    private final QmpClient vm;

    private Statistics(QmpClient vm) {
        this.vm = vm;
    }

    /** {@return the statistics of a machine} */
    public static Statistics of(QmpClient vm) {
        return new Statistics(Objects.requireNonNull(vm, "vm"));
    }

    /** {@return the counters of all block devices now ({@code query-blockstats})} */
    public CompletableFuture<BlockSample> block() {
        return TaskSource.unwrapped(
                vm.execute(QueryBlockstats.command())
                        .thenApply(devices -> new BlockSample(
                                SampleTime.now(),
                                devices.stream().map(BlockCounters::of).toList())),
                Runnable::run);
    }

    /**
     * {@return what QEMU counts for each block node now, which is less than for a device}
     *
     * <p>Only nodes with a name of their own are known, among them all of {@code -blockdev}.
     */
    public CompletableFuture<List<BlockNode>> blockNodes() {
        return TaskSource.unwrapped(
                vm.execute(QueryBlockstats.command().withQueryNodes(true))
                        .thenApply(nodes -> nodes.stream().map(BlockNode::of).toList()),
                Runnable::run);
    }

    /**
     * {@return the values of {@code query-stats} for one target now}
     *
     * <p>They depend on the host's kernel and on QEMU's version. The sample is empty if nothing counts: without KVM
     * there are no values for {@code vm} and {@code vcpu}, and without a crypto device none for {@code cryptodev}.
     *
     * <p>The future fails with {@link StatisticsUnsupportedException} before QEMU 7.1, and for {@code cryptodev} before
     * QEMU 8.0.
     */
    public CompletableFuture<StatsSample> stats(StatsTarget target) {
        Objects.requireNonNull(target, "target");
        StatsFilter filter = target.equals(StatsTarget.VCPU) ? StatsFilter.Vcpu.of() : StatsFilter.Other.of(target);
        return TaskSource.unwrapped(
                vm.execute(QueryStatsSchemas.command())
                        .thenCompose(schemas -> vm.execute(QueryStats.command(filter))
                                .thenApply(results -> StatsSample.of(target, schemas, results)))
                        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(explained(failure, target))),
                Runnable::run);
    }

    private Throwable explained(Throwable failure, StatsTarget target) {
        Throwable cause = TaskSource.unwrap(failure);
        if (!(cause instanceof RejectedException rejected)) {
            return cause;
        }
        if (rejected.errorClass().equals(QmpErrorInfo.COMMAND_NOT_FOUND)) {
            return new StatisticsUnsupportedException(
                    vm.name() + " has no query-stats, which needs QEMU 7.1 or later", rejected);
        }
        if (rejected.description().contains("does not accept value")) {
            return new StatisticsUnsupportedException(
                    "query-stats of " + vm.name() + " does not know the target " + target
                            + "; cryptodev needs QEMU 8.0 or later",
                    rejected);
        }
        return rejected;
    }

    /**
     * {@return the memory that the balloon leaves to the guest now, in bytes ({@code query-balloon})}
     *
     * <p>The future fails with {@link RejectedException} of the class {@code DeviceNotActive} if there is no balloon.
     */
    public CompletableFuture<Long> balloonSize() {
        return TaskSource.unwrapped(vm.execute(QueryBalloon.command()).thenApply(BalloonInfo::actual), Runnable::run);
    }

    /**
     * {@return the guest's memory, as the guest reported it last}
     *
     * <p>The guest reports only after {@link #pollGuestMemory} and with a balloon driver. Before its first report, all
     * values are null.
     *
     * <p>The future fails with {@link RejectedException} if there is no such device, or it is no balloon.
     *
     * @param balloon the id of the balloon device, such as {@code virtio-balloon-pci}, or its QOM path
     * @throws IllegalArgumentException if it is blank
     */
    public CompletableFuture<GuestMemory> guestMemory(String balloon) {
        return TaskSource.unwrapped(
                vm.execute(QomGet.command(path(balloon), "guest-stats")).thenApply(GuestMemory::read), Runnable::run);
    }

    /**
     * Has QEMU ask the guest for its memory at an interval, until the next call or the machine's end.
     *
     * @param balloon the id of the balloon device, or its QOM path
     * @param interval whole seconds, up to 2^32-1; zero ends the questions
     * @return completes when QEMU has set the interval; fails with {@link RejectedException} if there is no such
     *     device, or it is no balloon
     * @throws IllegalArgumentException if the device is blank or the interval is out of range
     */
    public CompletableFuture<@Nullable Void> pollGuestMemory(String balloon, Duration interval) {
        Objects.requireNonNull(interval, "interval");
        long seconds = interval.toSeconds();
        if (seconds < 0 || seconds > LONGEST_INTERVAL || !interval.equals(Duration.ofSeconds(seconds))) {
            throw new IllegalArgumentException(
                    "interval must be in whole seconds from 0 to " + LONGEST_INTERVAL + ", not " + interval);
        }
        return vm.execute(QomSet.command(path(balloon), "guest-stats-polling-interval", LongNode.valueOf(seconds)));
    }

    private static String path(String balloon) {
        Objects.requireNonNull(balloon, "balloon");
        if (balloon.isBlank()) {
            throw new IllegalArgumentException("balloon must not be blank");
        }
        return balloon.startsWith("/") ? balloon : DEVICES + balloon;
    }

    /**
     * Measures the dirty rate by sampling pages, as {@link #dirtyRate(DirtyRateOptions)} does.
     *
     * @param period how long to measure; see {@link DirtyRateOptions#ofPeriod}
     * @throws IllegalArgumentException if the period is out of range
     */
    public Task<DirtyRate> dirtyRate(Duration period) {
        return dirtyRate(DirtyRateOptions.ofPeriod(period));
    }

    /**
     * Measures how fast the guest writes to its memory. QEMU measures for the whole period, once at a time. The guest
     * may be paused.
     *
     * @return the task. It fails with {@link dev.qmp.task.TaskFailedException} if another measurement is under way, if
     *     QEMU lacks an option or measured no rate; with {@link dev.qmp.task.TaskOutcomeUnknownException} if a reply or
     *     the session is lost; with {@link dev.qmp.error.NotSentException} if there is no session. {@link
     *     Task#cancel()} fails, because QEMU cannot end a measurement
     */
    public Task<DirtyRate> dirtyRate(DirtyRateOptions options) {
        Objects.requireNonNull(options, "options");
        return new DirtyRateMeasurement(vm, options).begin();
    }

    /** Names the connection. */
    @Override
    public String toString() {
        return "Statistics[" + vm.name() + "]";
    }
}

package dev.qmp.statistics;

import dev.qmp.QmpClient;
import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import dev.qmp.error.Text;
import dev.qmp.qapi.command.CalcDirtyRate;
import dev.qmp.qapi.command.QueryDirtyRate;
import dev.qmp.qapi.command.QueryKvm;
import dev.qmp.qapi.command.QueryVersion;
import dev.qmp.qapi.type.DirtyRateInfo;
import dev.qmp.qapi.type.DirtyRateMeasureMode;
import dev.qmp.qapi.type.DirtyRateStatus;
import dev.qmp.qapi.type.DirtyRateVcpu;
import dev.qmp.qapi.type.TimeUnit;
import dev.qmp.task.SessionEndWatch;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.task.TaskSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One measurement. QEMU sends no event at its end, so it is asked after the period, and then five times a second. */
final class DirtyRateMeasurement {

    private static final String NAME = "dirty rate";
    private static final Duration PAUSE = Duration.ofMillis(200);
    /** How long after the period QEMU may take to end the measurement. */
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

    /** The first version that is known to measure by a bitmap without KVM. QEMU 7.2 crashes. */
    private static final int SAFE_VERSION = 10;

    private static final int MIB = 1 << 20;

    private final QmpClient client;
    private final DirtyRateOptions options;
    private final TaskSource<DirtyRate> source;
    /** The next session can be one of another machine, so the end of the session ends the measurement. */
    private final SessionEndWatch session;

    DirtyRateMeasurement(QmpClient client, DirtyRateOptions options) {
        this.client = client;
        this.options = options;
        this.source = client.newTask(NAME, NAME, DirtyRateMeasurement::refuseCancellation);
        this.session = new SessionEndWatch(client.events(), client.callbackExecutor(), this::ended);
    }

    private static CompletableFuture<?> refuseCancellation() {
        return CompletableFuture.failedFuture(new TaskFailedException(
                "cancellation of the " + NAME, "QEMU cannot end a measurement before its period", null));
    }

    Task<DirtyRate> begin() {
        source.task().result().whenComplete((rate, failure) -> session.close());
        if (!session.beginCommand()) {
            return source.task();
        }
        requireSafeMode()
                .thenCompose(safe -> client.execute(QueryDirtyRate.command()))
                .thenCompose(this::start)
                .whenComplete((started, failure) -> {
                    if (failure == null) {
                        long deadline = System.nanoTime()
                                + options.period().plus(LONGEST_DELAY).toNanos();
                        pause(options.period(), deadline);
                    } else {
                        failed(TaskSource.unwrap(failure));
                    }
                });
        return source.task();
    }

    private void ended(@Nullable Throwable cause) {
        source.fail(sessionEnded(cause));
    }

    private static TaskOutcomeUnknownException sessionEnded(@Nullable Throwable cause) {
        return new TaskOutcomeUnknownException(NAME, "the session ended; measure again", cause);
    }

    private CompletableFuture<@Nullable Void> requireSafeMode() {
        if (!DirtyRateMeasureMode.DIRTY_BITMAP.equals(options.mode())) {
            return CompletableFuture.<@Nullable Void>completedFuture(null);
        }
        return client.execute(QueryKvm.command())
                .thenCompose(kvm ->
                        kvm.enabled() ? CompletableFuture.<@Nullable Void>completedFuture(null) : requireSafeVersion());
    }

    private CompletableFuture<@Nullable Void> requireSafeVersion() {
        return client.execute(QueryVersion.command()).thenAccept(version -> {
            if (version.qemu().major() < SAFE_VERSION) {
                throw new TaskFailedException(
                        NAME,
                        "the mode dirty-bitmap without KVM crashes QEMU before version 10; use page-sampling",
                        null);
            }
        });
    }

    /** QEMU 5.2 takes a second command during a measurement, reports success, and ignores it. */
    private CompletableFuture<@Nullable Void> start(DirtyRateInfo last) {
        if (session.hasEnded()) {
            throw sessionEnded(null);
        }
        if (last.status().equals(DirtyRateStatus.MEASURING)) {
            throw new TaskFailedException(NAME, "another measurement is under way; try again when it has ended", null);
        }
        Duration period = options.period();
        CalcDirtyRate command = options.inMilliseconds()
                ? CalcDirtyRate.command(period.toMillis()).withCalcTimeUnit(TimeUnit.MILLISECOND)
                : CalcDirtyRate.command(period.toSeconds());
        if (options.mode() != null) {
            command = command.withMode(options.mode());
        }
        if (options.samplePages() != null) {
            command = command.withSamplePages(options.samplePages());
        }
        return client.execute(command);
    }

    private void poll(long deadline) {
        if (source.task().isDone()) {
            return;
        }
        if (!session.beginCommand()) {
            return;
        }
        QueryDirtyRate question = options.inMilliseconds()
                ? QueryDirtyRate.command().withCalcTimeUnit(TimeUnit.MILLISECOND)
                : QueryDirtyRate.command();
        client.execute(question).whenComplete((info, failure) -> {
            if (failure instanceof NotSentException unsent && isWithoutSession(unsent)) {
                ended(unsent);
            } else if (failure != null) {
                failed(TaskSource.unwrap(failure));
            } else if (info.status().equals(DirtyRateStatus.MEASURED)) {
                measured(info);
            } else if (System.nanoTime() - deadline > 0) {
                source.fail(new TaskFailedException(
                        NAME,
                        "QEMU has not ended the measurement " + LONGEST_DELAY.toSeconds() + " s after its period",
                        null));
            } else {
                pause(PAUSE, deadline);
            }
        });
    }

    private static boolean isWithoutSession(NotSentException unsent) {
        return unsent.reason() == NotSentException.Reason.DISCONNECTED
                || unsent.reason() == NotSentException.Reason.NOT_CONNECTED;
    }

    private void measured(DirtyRateInfo info) {
        Long rate = info.dirtyRate();
        if (rate == null || rate < 0) {
            source.fail(new TaskFailedException(
                    NAME, "QEMU has measured no rate; the machine may have too little memory for it", null));
            return;
        }
        Duration period =
                options.inMilliseconds() ? Duration.ofMillis(info.calcTime()) : Duration.ofSeconds(info.calcTime());
        source.complete(new DirtyRate(rate * MIB, period, info.mode(), perCpu(info.vcpuDirtyRate())));
    }

    private static Map<Long, Long> perCpu(@Nullable List<DirtyRateVcpu> cpus) {
        Map<Long, Long> rates = new HashMap<>();
        if (cpus != null) {
            cpus.forEach(cpu -> rates.put(cpu.id(), cpu.dirtyRate() * MIB));
        }
        return rates;
    }

    private void failed(Throwable cause) {
        if (cause instanceof RejectedException rejected) {
            source.fail(new TaskFailedException(NAME, reason(rejected), rejected));
        } else if (cause instanceof OutcomeUnknownException) {
            source.fail(new TaskOutcomeUnknownException(NAME, Text.messageOf(cause), cause));
        } else {
            source.fail(cause);
        }
    }

    private static String reason(RejectedException rejected) {
        String text = rejected.description();
        return text.contains("is unexpected") ? text + "; this version of QEMU lacks the option" : text;
    }

    private void pause(Duration delay, long deadline) {
        session.commandSucceeded();
        CompletableFuture.delayedExecutor(
                        delay.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS, client.callbackExecutor())
                .execute(() -> poll(deadline));
    }
}

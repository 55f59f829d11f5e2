package dev.qmp.spring;

import dev.qmp.error.Text;
import dev.qmp.power.Power;
import dev.qmp.power.PowerLadder;
import dev.qmp.power.PowerOff;
import dev.qmp.process.QemuProcess;
import dev.qmp.qapi.type.ShutdownCause;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Powers machines down when the application's context closes. The application declares it as a bean, with its machines
 * and the steps for each of them:
 *
 * <pre>{@code
 * new QemuPowerDown(machines, PowerLadder.none().ask(Duration.ofSeconds(20)).quit(Duration.ofSeconds(5)))
 * }</pre>
 *
 * <p>Phase 1: message listeners, the web server and other beans with a higher phase stop before and can use the
 * machines. The clients of {@code qmp.connection.*} disconnect after it, in phase 0. Beans are destroyed later. A
 * {@link QemuProcess} bean then ends a machine that still runs.
 *
 * <p>The machines power down in parallel. Spring waits for {@code spring.lifecycle.timeout-per-shutdown-phase}, by
 * default 30 s, and then continues. So the ladder has to be shorter. When the JVM exits, a machine without a
 * {@linkplain dev.qmp.process.QemuLauncher#withJvmShutdownGrace grace} is terminated at once. So give it a grace that
 * is longer than this timeout.
 *
 * <p>A pause of the context does not power machines down, because a restart could not start them again.
 *
 * <p>Thread safety: all methods may be called from any thread.
 */
public final class QemuPowerDown implements SmartLifecycle {

    private static final Log LOGGER = LogFactory.getLog(QemuPowerDown.class);

    /** The reason of a machine's shutdown by {@code SIGTERM}. */
    private static final String HOST_SIGNAL = ShutdownCause.HOST_SIGNAL.value();

    private final Collection<QemuProcess> machines;
    private final PowerLadder ladder;
    private volatile boolean running;

    /**
     * Creates the bean.
     *
     * @param machines read at each stop, so machines can be added and removed if the collection allows it
     * @param ladder the steps for each machine
     * @throws IllegalArgumentException if the ladder has no step
     */
    public QemuPowerDown(Collection<QemuProcess> machines, PowerLadder ladder) {
        this.machines = Objects.requireNonNull(machines, "machines");
        this.ladder = Objects.requireNonNull(ladder, "ladder");
        if (ladder.steps().isEmpty()) {
            throw new IllegalArgumentException("ladder must have a step");
        }
    }

    /** {@return 1} */
    @Override
    public int getPhase() {
        return 1;
    }

    /** {@return false} */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Starts no machine. */
    @Override
    public void start() {
        running = true;
    }

    /** Begins to power the machines down, and returns. */
    @Override
    public void stop() {
        stop(() -> {});
    }

    /**
     * Begins to power the machines down, and returns.
     *
     * @param callback called when each machine is off or its ladder has failed; at once if there is no machine
     */
    @Override
    public void stop(Runnable callback) {
        Objects.requireNonNull(callback, "callback");
        running = false;
        List<QemuProcess> all = List.copyOf(machines);
        CompletableFuture<?>[] outcomes = all.stream().map(this::powerDown).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(outcomes).whenComplete((done, failure) -> callback.run());
        if (!all.isEmpty()) { // after all that must be done, because a logging library can throw
            LOGGER.info("Powering down machines: " + all.size());
        }
    }

    /** {@return the end of the power-down, whose outcome is logged} A failing machine does not affect the others. */
    private CompletableFuture<@Nullable Void> powerDown(QemuProcess machine) {
        CompletableFuture<PowerOff> result;
        try {
            result = Power.of(machine).powerDown(ladder).result();
        } catch (RuntimeException e) {
            result = CompletableFuture.failedFuture(e);
        }
        return result.handle((off, failure) -> {
            if (failure != null) {
                notOff(machine, failure);
            } else if (HOST_SIGNAL.equals(off.reason())) {
                LOGGER.warn(name(machine) + ": a signal ended the machine before its guest was off; "
                        + "set a longer withJvmShutdownGrace, and in systemd KillMode=mixed");
            }
            return null;
        });
    }

    private static void notOff(QemuProcess machine, Throwable failure) {
        LOGGER.warn(name(machine) + ": the machine was not powered down, and is ended with its bean: "
                + Text.messageOf(failure));
    }

    private static String name(QemuProcess machine) {
        return Text.printable(machine.client().name());
    }
}

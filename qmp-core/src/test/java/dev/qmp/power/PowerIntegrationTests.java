package dev.qmp.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.SessionEnd;
import dev.qmp.power.PowerLadder.Action;
import dev.qmp.process.QemuLauncher;
import dev.qmp.process.QemuProcess;
import dev.qmp.qapi.type.RunState;
import dev.qmp.task.Task;
import dev.qmp.task.TaskFailedException;
import dev.qmp.testing.PoliteGuest;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Power of real machines: a guest that reacts, one that ignores its power button, a frozen QEMU, a killed one. */
@Timeout(60)
@RequiresQemu
class PowerIntegrationTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(100);

    @TempDir
    private Path directory;

    private final List<QemuProcess> machines = new ArrayList<>();

    @AfterEach
    void end() throws Exception {
        for (QemuProcess machine : machines) {
            machine.kill().get(20, TimeUnit.SECONDS);
        }
    }

    private QemuProcess start(String type, List<String> more) {
        QemuProcess machine = QemuLauncher.of("qemu-system-x86_64", "-machine", type, "-display", "none", "-nodefaults")
                .withArguments(more)
                .startAndWait();
        machines.add(machine);
        return machine;
    }

    /** A machine without a guest ignores the power button. */
    private QemuProcess startIgnoring() {
        return start("none", List.of());
    }

    private QemuProcess startPolite(String... more) throws IOException {
        PoliteGuest guest = new PoliteGuest(directory);
        List<String> arguments = new ArrayList<>(guest.arguments());
        arguments.addAll(List.of(more));
        QemuProcess machine = start("pc,accel=tcg", arguments);
        await().until(guest::isReady);
        return machine;
    }

    @Test
    void aGuestThatReactsIsOffAfterTheFirstStep() throws Exception {
        QmpClient vm = startPolite().client();
        PowerOff off = Power.of(vm).powerDown().await(Duration.ofMinutes(2));
        assertThat(off.action()).isEqualTo(Action.ASK);
        assertThat(off.steps()).isEqualTo(1);
        assertThat(off.reason()).isEqualTo("guest-shutdown");
        assertThat(off.session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_GUEST);
        assertThat(off.exit()).isNull();
    }

    @Test
    void aGuestIsOffThoughItsQemuStays() throws Exception {
        QemuProcess machine = startPolite("-no-shutdown");
        Power power = Power.of(machine);
        Task<RunState> shutDown = power.awaitStatus(LIMIT, RunState.SHUTDOWN);
        PowerOff off = power.powerDown().await(LIMIT);
        assertThat(off.qemuRuns()).isTrue();
        assertThat(off.reason()).isEqualTo("guest-shutdown");
        assertThat(off.action()).isEqualTo(Action.ASK);
        assertThat(shutDown.await(LIMIT)).isEqualTo(RunState.SHUTDOWN);
        assertThat(power.powerDown().await(LIMIT).action()).isNull();
        assertThat(machine.isAlive()).isTrue();
    }

    @Test
    void aGuestThatIgnoresIsAskedTwiceAndThenQuit() {
        QemuProcess machine = startIgnoring();
        PowerLadder ladder = PowerLadder.none().ask(SHORT).ask(SHORT).quit(LIMIT);
        PowerOff off = Power.of(machine).powerDown(ladder).await(LIMIT);
        assertThat(off.action()).isEqualTo(Action.QUIT);
        assertThat(off.steps()).isEqualTo(3);
        assertThat(off.reason()).isEqualTo("host-qmp-quit");
        assertThat(off.exit().code()).isZero();
        assertThat(off.took()).isGreaterThan(SHORT.multipliedBy(2));
    }

    @Test
    void aGuestThatIgnoresEveryStepFailsTheTask() {
        QemuProcess machine = startIgnoring();
        Task<PowerOff> task = Power.of(machine).powerDown(PowerLadder.none().ask(SHORT));
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> task.await(LIMIT))
                .withMessageContaining("not off after 1 step");
        assertThat(machine.isAlive()).isTrue();
    }

    @Test
    void aFrozenMachineIsKilled() throws Exception {
        QemuProcess machine = startIgnoring();
        new ProcessBuilder("kill", "-STOP", Long.toString(machine.pid()))
                .start()
                .waitFor();
        PowerLadder ladder = PowerLadder.none().ask(SHORT).quit(SHORT).kill();
        PowerOff off = Power.of(machine).powerDown(ladder).await(LIMIT);
        assertThat(off.action()).isEqualTo(Action.KILL);
        assertThat(off.exit().signal()).hasValue(9);
        assertThat(off.reason()).isNull();
    }

    @Test
    void aMachineThatIsKilledMeanwhileIsOff() throws Exception {
        try (Qemu qemu = Qemu.start();
                QmpClient vm = QmpClient.builder(qemu.endpoint()).build()) {
            vm.blocking().connect();
            Task<PowerOff> task = Power.of(vm).powerDown(PowerLadder.none().ask(LIMIT));
            qemu.kill();
            PowerOff off = task.await(LIMIT);
            assertThat(off.session().kind()).isEqualTo(SessionEnd.Kind.CRASHED);
            assertThat(off.reason()).isNull();
        }
    }

    @Test
    void pausesResumesResetsAndWaits() throws Exception {
        QemuProcess machine = startIgnoring();
        Power power = Power.of(machine);
        Task<RunState> paused = power.awaitStatus(LIMIT, RunState.PAUSED, RunState.IO_ERROR);
        power.pause().get(20, TimeUnit.SECONDS);
        assertThat(paused.await(LIMIT)).isEqualTo(RunState.PAUSED);
        assertThat(power.status().get(20, TimeUnit.SECONDS)).isEqualTo(RunState.PAUSED);
        assertThat(power.reset(LIMIT).await(LIMIT).name()).isEqualTo("RESET");
        power.resume().get(20, TimeUnit.SECONDS);
        assertThat(power.awaitStatus(LIMIT, RunState.RUNNING).await(LIMIT)).isEqualTo(RunState.RUNNING);
        assertThatExceptionOfType(TaskFailedException.class)
                .isThrownBy(() -> power.awaitStatus(Duration.ofSeconds(2), RunState.SUSPENDED)
                        .await(LIMIT))
                .withMessageContaining("running");
    }
}

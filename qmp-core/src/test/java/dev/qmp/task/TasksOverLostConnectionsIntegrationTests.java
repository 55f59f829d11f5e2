package dev.qmp.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.SessionEnd;
import dev.qmp.device.Device;
import dev.qmp.device.Devices;
import dev.qmp.error.CommandException;
import dev.qmp.error.NotSentException;
import dev.qmp.hmp.Hmp;
import dev.qmp.input.Input;
import dev.qmp.media.Media;
import dev.qmp.media.Medium;
import dev.qmp.power.Power;
import dev.qmp.power.PowerLadder;
import dev.qmp.power.PowerOff;
import dev.qmp.screen.Screen;
import dev.qmp.statistics.Statistics;
import dev.qmp.testing.CuttingProxy;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The connection to a real QEMU is cut in the middle of a task. Jobs, migrations and programs of the guest agent, which
 * go on without the client, have such tests of their own.
 */
@Timeout(60)
@RequiresQemu
class TasksOverLostConnectionsIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    /** Less than the long reply, and more than handshakes differ, in which there may be an event. */
    private static final int MARGIN = 2000;

    private static Qemu qemu;

    private CuttingProxy proxy;
    private QmpClient vm;
    private int handshake;

    @BeforeAll
    static void start() {
        qemu = Qemu.withMachine(
                "pc,accel=tcg", "-device", "VGA", "-device", "ide-cd,id=cd0", "-device", "virtio-scsi-pci,id=scsi0");
        qemu.restart();
    }

    @AfterAll
    static void stop() {
        qemu.close();
    }

    @BeforeEach
    void connect() {
        proxy = CuttingProxy.to(qemu.socket());
        vm = QmpClient.builder(proxy.endpoint())
                .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1, 0, Duration.ofMillis(20)))
                .build();
        vm.start();
        assertThat(vm.blocking().awaitRunning(SOON)).isTrue();
        handshake = proxy.passed(false);
    }

    @AfterEach
    void close() {
        vm.close();
        proxy.close();
    }

    /**
     * Begins a session whose connection is cut within the reply to its first command, which is long. So the replies to
     * all later commands are lost, and these commands are executed or not.
     */
    private void beginSessionThatIsLost() {
        proxy.cutNextAfter(false, handshake + MARGIN);
        vm.blocking().disconnect();
        vm.start();
        assertThat(vm.blocking().awaitRunning(SOON)).isTrue();
        proxy.cutNextAfter(false, Integer.MAX_VALUE);
        vm.execute("query-commands");
    }

    private void awaitNextSession() {
        await().until(() -> vm.status().reconnects() == 1);
        assertThat(vm.blocking().awaitRunning(SOON)).isTrue();
    }

    @Test
    @DisplayName("an unplug whose session is lost has an unknown outcome; the device can be looked for")
    void unplug() {
        Devices devices = Devices.of(vm);
        Device disk = Device.of("virtio-blk-pci", "disk0")
                .withDisk(Map.of("driver", "null-co", "node-name", "node0", "size", 1 << 20));
        devices.plug(disk).await(SOON);
        beginSessionThatIsLost();
        assertIsLost(devices.unplug(disk, SOON));
        awaitNextSession();
        assertThat(devices.isPlugged("disk0").join())
                .as("the firmware ignores the request")
                .isTrue();
    }

    @Test
    @DisplayName("an ejection whose session is lost has an unknown outcome; the tray can be looked at")
    void media(@TempDir Path folder) throws IOException {
        Path image = Files.write(folder.resolve("image"), new byte[1 << 20]);
        Media media = Media.of(vm);
        media.insert("cd0", Medium.raw(image.toString()), SOON).await(SOON);
        beginSessionThatIsLost();
        assertIsLost(media.eject("cd0", SOON));
        awaitNextSession();
        assertThat(media.tray("cd0")).succeedsWithin(SOON);
        media.eject("cd0", SOON).await(SOON);
    }

    @Test
    @DisplayName("a text is not typed on in the next session")
    void input() {
        Input input = Input.of(vm);
        beginSessionThatIsLost();
        Task<?> typing = input.type("shift and Shift");
        assertThatThrownBy(() -> typing.await(SOON))
                .isInstanceOfAny(TaskFailedException.class, TaskOutcomeUnknownException.class)
                .hasMessageContaining("0 of 15");
        awaitNextSession();
        input.type("again").await(SOON);
    }

    @Test
    @DisplayName("a dirty rate whose session is lost is measured again")
    void statistics() {
        Statistics statistics = Statistics.of(vm);
        beginSessionThatIsLost();
        assertIsLost(statistics.dirtyRate(Duration.ofSeconds(1)));
        awaitNextSession();
        await("the end of a measurement under way")
                .ignoreException(TaskFailedException.class)
                .until(() -> statistics.dirtyRate(Duration.ofSeconds(1)).await(SOON) != null);
    }

    @Test
    @DisplayName("a text of HMP whose reply is lost has an unknown outcome, and can be asked for again")
    void screenAndHmp() {
        beginSessionThatIsLost();
        assertThat(Hmp.of(vm).execute("info version"))
                .failsWithin(SOON)
                .withThrowableThat()
                .withCauseInstanceOf(CommandException.class);
        awaitNextSession();
        assertThat(Screen.of(vm).png()).succeedsWithin(SOON);
        assertThat(Hmp.of(vm).execute("info version")).succeedsWithin(SOON);
    }

    /** The outcome is unknown, unless the loss was noticed before the task had sent its command. */
    private static void assertIsLost(Task<?> task) {
        assertThatThrownBy(() -> task.await(SOON))
                .isInstanceOfAny(TaskOutcomeUnknownException.class, NotSentException.class);
    }

    @Test
    @DisplayName("a ladder goes on after a reconnect: a machine that ignores its button quits")
    void power() {
        try (Qemu ignoring = Qemu.start();
                CuttingProxy between = CuttingProxy.to(ignoring.socket());
                QmpClient other = QmpClient.builder(between.endpoint())
                        .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(20), 1, 0, Duration.ofMillis(20)))
                        .build()) {
            between.cutNextAfter(false, MARGIN);
            other.start();
            assertThat(other.blocking().awaitRunning(SOON)).isTrue();
            between.cutNextAfter(false, Integer.MAX_VALUE);
            Task<PowerOff> off = Power.of(other)
                    .powerDown(PowerLadder.none().ask(Duration.ofSeconds(3)).quit(SOON));
            other.execute("query-commands");
            PowerOff how = off.await(SOON);
            assertThat(other.status().reconnects()).isEqualTo(1);
            assertThat(how.action()).isEqualTo(PowerLadder.Action.QUIT);
            assertThat(how.session().kind()).isEqualTo(SessionEnd.Kind.SHUT_DOWN_BY_COMMAND);
        }
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.SessionEnd.Kind;
import dev.qmp.message.QmpCommand;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every way in which a real machine ends, and what the client makes of it. */
@RequiresQemu
@Timeout(120)
class RealQemuSessionEndIntegrationTests {

    /** Before the option -action, a panic ended the machine by itself, and the watchdog had an option of its own. */
    private static final boolean HAS_ACTION = QemuVersion.installed().isAtLeast("6.0");

    /** Out of the firmware into QEMU's power management: sleep state S5. */
    private static final String POWER_OFF = "ba0406 b80020 ef";
    /** Out to the keyboard controller: pulse the reset line. */
    private static final String RESET = "b0fe e664";
    /** Out to the pvpanic device: the guest has panicked. */
    private static final String PANIC = "ba0505 b001 ee";
    /** Out to the ib700 watchdog: start it with its shortest time. */
    private static final String WATCHDOG = "ba4304 b00f ee";

    private Qemu qemu;
    private QmpClient client;

    @AfterEach
    void close() {
        client.close();
        qemu.close();
    }

    private void start(String machine, String... arguments) {
        qemu = Qemu.withMachine(machine, arguments);
        qemu.restart();
        client = QmpClient.builder(qemu.endpoint())
                .disconnectTimeout(Duration.ofMillis(100))
                .build();
        client.blocking().connect();
    }

    /** Starts a machine whose boot sector executes the code, once the client lets it run. */
    private void boot(String code, String... arguments) throws IOException {
        byte[] sector = new byte[512];
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", "") + "f4ebfd"); // and then halt
        System.arraycopy(bytes, 0, sector, 0, bytes.length);
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        Path disk = Files.createTempFile("boot", ".img");
        try {
            Files.write(disk, sector);
            String[] all = Arrays.copyOf(
                    new String[] {"-S", "-drive", "if=ide,format=raw,snapshot=on,file=" + disk}, 3 + arguments.length);
            System.arraycopy(arguments, 0, all, 3, arguments.length);
            start("pc,accel=tcg", all);
            client.blocking().execute("cont");
            awaitEnd();
        } finally {
            Files.delete(disk);
        }
    }

    private SessionEnd awaitEnd() {
        await().atMost(Duration.ofSeconds(60)).until(() -> client.status().lastEnd() != null);
        return client.status().lastEnd();
    }

    private void assertEnd(Kind kind, String reason) {
        awaitEnd();
        await().untilAsserted(() -> assertThat(client.status().lastEnd().kind()).isEqualTo(kind));
        assertThat(client.status().lastEnd().shutdownReason()).isEqualTo(reason);
        await().until(() -> client.status().reconnectAttempts() > 1);
        assertThat(client.status().lastEnd().kind()).isEqualTo(kind);
        assertThat(client.status().lastError())
                .isNotEqualTo(client.status().lastEnd().cause());
    }

    @Test
    void input12QuitIsACommand() {
        start("none");
        client.blocking().execute("quit");
        assertEnd(Kind.SHUT_DOWN_BY_COMMAND, "host-qmp-quit");
    }

    @Test
    void input12ASignalIsTheHosts() {
        start("none");
        ProcessHandle.of(qemu.pid()).orElseThrow().destroy();
        assertEnd(Kind.SHUT_DOWN_BY_HOST, "host-signal");
    }

    @Test
    void input12AKillIsACrash() {
        start("none");
        qemu.kill();
        assertEnd(Kind.CRASHED, null);
    }

    @Test
    void input12AResetWithoutRebootIsACommand() {
        start("pc,accel=tcg", "-no-reboot", "-S");
        client.blocking().execute("system_reset");
        assertEnd(Kind.SHUT_DOWN_BY_COMMAND, "host-qmp-system-reset");
    }

    @Test
    void input12ThePowerOffOfTheGuest() throws IOException {
        boot(POWER_OFF);
        assertEnd(Kind.SHUT_DOWN_BY_GUEST, "guest-shutdown");
    }

    @Test
    void input12TheRebootOfTheGuestWithoutReboot() throws IOException {
        boot(RESET, "-no-reboot");
        assertEnd(Kind.SHUT_DOWN_BY_GUEST, "guest-reset");
    }

    @Test
    void input12ThePanicOfTheGuest() throws IOException {
        boot(
                PANIC,
                HAS_ACTION
                        ? new String[] {"-device", "pvpanic", "-action", "panic=shutdown"}
                        : new String[] {"-device", "pvpanic"});
        assertEnd(Kind.CRASHED, "guest-panic");
    }

    @Test
    void input12TheWatchdogThatEndsQemu() throws IOException {
        boot(
                WATCHDOG,
                "-device",
                "ib700",
                HAS_ACTION ? "-action" : "-watchdog-action",
                HAS_ACTION ? "watchdog=poweroff" : "poweroff");
        assertEnd(Kind.CRASHED, "watchdog");
    }

    @Test
    void input12AMachineThatStaysAfterItsShutdownIsAskedToQuit() {
        start("none", "-no-shutdown");
        client.blocking().execute("quit");
        assertEnd(Kind.SHUT_DOWN_BY_COMMAND, "host-qmp-quit");
    }

    @Test
    @RequiresQemu(from = "6.0", reason = "yank came with 6.0")
    void input12AMonitorThatIsYankedIsALostConnection() {
        qemu = Qemu.withMachine("none");
        qemu.restart();
        client = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .build();
        client.blocking().connect();
        Map<String, String> itself = Map.of("type", "chardev", "id", "compat_monitor0");

        client.execute(
                QmpCommand.of("yank", Map.of("instances", List.of(itself))).outOfBand());

        assertThat(awaitEnd().kind()).isEqualTo(Kind.CONNECTION_LOST);
        assertThat(qemu.isAlive()).isTrue();
        client.blocking().connect();
        assertThat(client.status().lastEnd()).isNull();
    }
}

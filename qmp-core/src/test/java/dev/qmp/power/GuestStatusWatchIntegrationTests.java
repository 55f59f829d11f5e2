package dev.qmp.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.CommandTimeoutException;
import dev.qmp.message.QmpCommand;
import dev.qmp.qapi.type.RunState;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The status of a real machine, which another client changes, and which crashes, restarts and freezes. */
@Timeout(60)
@RequiresQemu
class GuestStatusWatchIntegrationTests {

    private final List<String> statuses = new CopyOnWriteArrayList<>();

    private GuestStatusWatch watch(QmpClient vm) {
        GuestStatusWatch watch = GuestStatusWatch.open(vm);
        watch.addListener(now -> statuses.add(String.valueOf(now.status())));
        return watch;
    }

    private void awaitStatuses(String... expected) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(statuses).containsExactly(expected));
    }

    @Test
    void followsWhatAnotherClientDoesAndTheNextMachine() {
        try (Qemu qemu = Qemu.start("-S");
                QmpClient vm = QmpClient.builder(qemu.endpoint())
                        .reconnect(ReconnectPolicy.exponential(Duration.ofMillis(50), 1, 0, Duration.ofMillis(50)))
                        .build();
                GuestStatusWatch watch = watch(vm)) {
            vm.start();
            awaitStatuses("prelaunch");
            try (QmpClient other = QmpClient.builder(qemu.oracle()).build()) {
                other.blocking().connect();
                other.blocking().execute("cont");
                awaitStatuses("prelaunch", "running");
                other.blocking().execute("stop");
                awaitStatuses("prelaunch", "running", "paused");
            }
            qemu.kill();
            awaitStatuses("prelaunch", "running", "paused", "null");
            qemu.restart();
            awaitStatuses("prelaunch", "running", "paused", "null", "prelaunch");
            assertThat(watch.current().status()).isEqualTo(RunState.PRELAUNCH);
            assertThat(watch.current().failure()).isNull();
        }
    }

    /** QEMU sends no event for {@code postmigrate}, and none for an incoming guest that is not started. */
    @Test
    void noticesTheEndOfAMigrationWithoutAnEvent() {
        try (Qemu qemu = Qemu.withMachine("pc,accel=tcg", "-m", "16")) {
            qemu.restart();
            Path file = qemu.folder().resolve("state");
            try (QmpClient vm = QmpClient.builder(qemu.endpoint()).build();
                    GuestStatusWatch watch = watch(vm)) {
                vm.blocking().connect();
                awaitStatuses("running");
                Map<String, Object> pause = Map.of("capability", "pause-before-switchover", "state", true);
                execute(vm, "migrate-set-capabilities", Map.of("capabilities", List.of(pause)));
                execute(vm, "migrate", Map.of("uri", "exec:cat > " + file));
                awaitStatuses("running", "finish-migrate");
                await().ignoreExceptions().until(() -> {
                    execute(vm, "migrate-continue", Map.of("state", "pre-switchover"));
                    return true;
                });
                awaitStatuses("running", "finish-migrate", "postmigrate");
                assertThat(watch.current().failure()).isNull();
            }
            statuses.clear();
            receives(file);
        }
    }

    private void receives(Path file) {
        try (Qemu qemu = Qemu.withMachine("pc,accel=tcg", "-m", "16", "-S", "-incoming", "defer")) {
            qemu.restart();
            try (QmpClient vm = QmpClient.builder(qemu.endpoint()).build();
                    GuestStatusWatch watch = watch(vm)) {
                vm.blocking().connect();
                awaitStatuses("inmigrate");
                execute(vm, "migrate-incoming", Map.of("uri", "exec:cat " + file));
                awaitStatuses("inmigrate", "paused");
                assertThat(watch.current().failure()).isNull();
            }
        }
    }

    private static void execute(QmpClient vm, String command, Map<String, ?> arguments) {
        vm.blocking().execute(QmpCommand.of(command, arguments));
    }

    @Test
    void input60AFrozenMachineIsSilentUntilItGoesOn() {
        try (Qemu qemu = Qemu.start();
                QmpClient vm = QmpClient.builder(qemu.endpoint())
                        .commandTimeout(Duration.ofMillis(500))
                        .build();
                GuestStatusWatch watch = watch(vm)) {
            vm.blocking().connect();
            awaitStatuses("running");
            qemu.freeze();
            watch.refreshIfOlder(Duration.ZERO);
            await().until(() -> watch.current().failure() instanceof CommandTimeoutException);
            Duration silent = watch.current().unansweredFor();
            await().until(() -> watch.current().unansweredFor().compareTo(silent) > 0);
            assertThat(vm.status().abandoned()).isEqualTo(1);
            qemu.thaw();
            await().until(() -> watch.current().unansweredFor() == null);
            assertThat(watch.current().failure()).isNull();
            awaitStatuses("running");
        }
    }
}

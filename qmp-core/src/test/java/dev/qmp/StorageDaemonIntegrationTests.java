package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.QemuVersion;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.StorageDaemon;
import dev.qmp.testing.Tool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client on a real storage daemon: a QMP server that has block devices, but no machine. */
@Timeout(60)
@RequiresQemu(Tool.STORAGE_DAEMON)
class StorageDaemonIntegrationTests {

    private final StorageDaemon daemon = StorageDaemon.start();
    private final QmpClient client = QmpClient.builder(daemon.endpoint())
            .reconnect(ReconnectPolicy.never())
            .build();

    @AfterEach
    void close() {
        client.close();
        daemon.close();
    }

    @Test
    void itIsGreetedAndNegotiatedWithAsAQemuIs() {
        client.blocking().connect();

        assertThat(client.status()).satisfies(status -> {
            assertThat(status.greeting()).isNotNull();
            assertThat(status.outOfBand()).isTrue();
        });
        assertThat(client.blocking()
                        .execute("query-version")
                        .path("qemu")
                        .path("major")
                        .asInt())
                .isEqualTo(QemuVersion.of(Tool.STORAGE_DAEMON).major());
    }

    @Test
    void commandsOfAMachineAreRejectedAndTheSessionGoesOn() {
        client.blocking().connect();

        for (String command : List.of("query-status", "stop", "system_powerdown", "query-uuid")) {
            assertThatExceptionOfType(RejectedException.class)
                    .isThrownBy(() -> client.blocking().execute(command))
                    .satisfies(rejection -> assertThat(rejection.errorClass()).isEqualTo("CommandNotFound"));
        }
        assertThat(client.blocking().execute("query-block-jobs").isEmpty()).isTrue();
    }

    @Test
    void anImageIsCreatedByAJobAndItsEventsArrive() {
        List<String> events = new CopyOnWriteArrayList<>();
        client.events().subscribe(EventFilter.named("JOB_STATUS_CHANGE"), event -> events.add(event.name()));
        client.blocking().connect();
        client.blocking()
                .execute(
                        "blockdev-create",
                        Map.of(
                                "job-id",
                                "create",
                                "options",
                                Map.of(
                                        "driver",
                                        "file",
                                        "filename",
                                        daemon.folder().resolve("disk.raw").toString(),
                                        "size",
                                        1 << 20)));

        await().untilAsserted(() -> assertThat(client.blocking()
                        .execute("query-jobs")
                        .path(0)
                        .path("status")
                        .asString())
                .isEqualTo("concluded"));
        client.blocking().execute("job-dismiss", Map.of("id", "create"));
        assertThat(daemon.folder().resolve("disk.raw")).hasSize(1 << 20);
        await().untilAsserted(() -> assertThat(events).hasSizeGreaterThanOrEqualTo(5));
    }

    @Test
    void quitEndsTheDaemonThoughNoShutdownEventComes() {
        client.blocking().connect();

        assertThat(client.execute("quit")).succeedsWithin(Duration.ofSeconds(10));

        await().until(() -> !daemon.isAlive());
        await().until(() -> client.runstate() == Runstate.IDLE);
    }

    @Test
    void itsDeathIsTheEndOfTheSession() {
        client.blocking().connect();
        daemon.kill();

        await().until(() -> client.runstate() == Runstate.IDLE);
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> client.blocking().execute(QmpCommand.of("query-version")));
    }
}

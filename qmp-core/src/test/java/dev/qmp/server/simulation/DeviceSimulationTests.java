package dev.qmp.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.QmpClient;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.DeviceSimulation.GuestReaction;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A guest that releases a device, refuses to, or ignores the request. */
class DeviceSimulationTests {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final DeviceSimulation devices = DeviceSimulation.on(server);
    private final QmpClient vm = QmpClient.builder(server.endpoint()).build();
    private EventMailbox events;

    @BeforeEach
    void connect() {
        vm.blocking().connect();
        events = vm.events().openMailbox(EventFilter.all());
        vm.blocking().execute(QmpCommand.of("device_add", Map.of("driver", "e1000", "id", "net0")));
    }

    @AfterEach
    void close() {
        vm.close();
        server.close();
    }

    @Test
    void aGuestReleasesADevice() throws InterruptedException {
        assertThat(devices.ids()).containsExactly("net0");
        unplug("net0");
        assertEvent("DEVICE_DELETED");
        assertThat(devices.ids()).isEmpty();
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> unplug("net0"))
                .satisfies(rejected -> assertThat(rejected.errorClass()).isEqualTo("DeviceNotFound"));
    }

    @Test
    void aGuestRefuses() throws InterruptedException {
        devices.onUnplug(GuestReaction.REFUSE);
        unplug("net0");
        assertEvent("DEVICE_UNPLUG_GUEST_ERROR");
        assertThat(devices.ids()).containsExactly("net0");
    }

    @Test
    void aGuestIgnoresTheRequestAndReleasesLater() throws InterruptedException {
        devices.onUnplug(GuestReaction.IGNORE);
        unplug("net0");
        assertThat(vm.blocking()
                        .execute(QmpCommand.of("qom-list", Map.of("path", "/machine/peripheral")))
                        .toString())
                .contains("\"net0\"");
        assertThat(events.clear()).isEmpty();
        devices.release("net0");
        assertEvent("DEVICE_DELETED");
    }

    @Test
    void aGuestThatHasBootedReleasesTheDeviceAtARepeatedRequest() throws InterruptedException {
        devices.onUnplug(GuestReaction.IGNORE);
        unplug("net0");
        devices.onUnplug(GuestReaction.RELEASE);
        unplug("net0");
        assertEvent("DEVICE_DELETED");
    }

    @Test
    void devicesHaveDistinctIds() {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() ->
                        vm.blocking().execute(QmpCommand.of("device_add", Map.of("driver", "usb-kbd", "id", "net0"))))
                .satisfies(rejected -> assertThat(rejected.description()).isEqualTo("Duplicate device ID 'net0'"));
        devices.plug("disk0", "virtio-blk-pci");
        assertThat(devices.ids()).containsExactly("net0", "disk0");
        assertThatIllegalArgumentException().isThrownBy(() -> devices.release("nope"));
    }

    private void unplug(String id) {
        vm.blocking().execute(QmpCommand.of("device_del", Map.of("id", id)));
    }

    private void assertEvent(String name) throws InterruptedException {
        QmpEvent event = events.nextEvent(SOON);
        assertThat(event).isNotNull();
        assertThat(event.name()).isEqualTo(name);
        assertThat(event.data().path("device").asString()).isEqualTo("net0");
        assertThat(event.data().path("path").asString()).isEqualTo("/machine/peripheral/net0");
    }
}

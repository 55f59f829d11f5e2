package dev.qmp.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.device.Devices;
import dev.qmp.device.UnplugPendingException;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.EventMailbox;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a PCI device does whose guest ignores requests, on a real QEMU and on the simulation alike. */
abstract class DeviceContract {

    private static final Duration SOON = Duration.ofSeconds(20);
    /** A limit that passes, but not before a command is answered, on a busy machine either. */
    private static final Duration BRIEF = Duration.ofMillis(500);

    private static final String ANONYMOUS = "/machine/peripheral-anon/device[0]";

    private QmpClient client;
    private EventMailbox deletions;

    abstract Endpoint endpoint();

    /** Has the machine release a device for which a request is pending. */
    abstract void release(QmpClient vm, String id);

    @BeforeEach
    void connect() {
        client = QmpClient.builder(endpoint()).build();
        client.blocking().connect();
        deletions = client.events().openMailbox(EventFilter.named("DEVICE_DELETED"));
    }

    @AfterEach
    void close() {
        client.close();
    }

    private JsonNode run(String command, Map<String, ?> arguments) {
        return client.blocking().execute(QmpCommand.of(command, arguments));
    }

    private void unplug(String id) {
        run("device_del", Map.of("id", id));
    }

    private void assertRejected(String errorClass, String text, String command, Map<String, ?> arguments) {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> run(command, arguments))
                .satisfies(rejected -> {
                    assertThat(rejected.errorClass()).isEqualTo(errorClass);
                    assertThat(rejected.description()).isEqualTo(text);
                });
    }

    private List<String> namesIn(String folder) {
        List<String> names =
                new ArrayList<>(run("qom-list", Map.of("path", folder)).findValuesAsString("name"));
        names.remove("type");
        return names;
    }

    private JsonNode nextDeletion() throws InterruptedException {
        QmpEvent event = deletions.nextEvent(SOON);
        assertThat(event).isNotNull();
        return event.data();
    }

    @Test
    void aPendingRequestMayBeRepeated() throws InterruptedException {
        Map<String, String> card = Map.of("driver", "virtio-net-pci", "id", "net0");
        run("device_add", card);
        unplug("net0");
        unplug("net0");
        assertRejected("GenericError", "Duplicate device ID 'net0'", "device_add", card);
        assertThat(namesIn("/machine/peripheral")).containsExactly("net0");

        release(client, "net0");

        JsonNode part = nextDeletion();
        assertThat(part.propertyNames()).containsExactly("path");
        assertThat(part.path("path").asString()).isEqualTo("/machine/peripheral/net0/virtio-backend");
        JsonNode device = nextDeletion();
        assertThat(device.path("device").asString()).isEqualTo("net0");
        assertThat(device.path("path").asString()).isEqualTo("/machine/peripheral/net0");
        assertThat(namesIn("/machine/peripheral")).isEmpty();
        assertRejected("DeviceNotFound", "Device 'net0' not found", "device_del", Map.of("id", "net0"));
    }

    @Test
    void aDeviceThatComesBackIsNotPending() throws InterruptedException {
        Map<String, String> card = Map.of("driver", "e1000", "id", "net0");
        run("device_add", card);
        unplug("net0");
        release(client, "net0");
        assertThat(nextDeletion().path("device").asString()).isEqualTo("net0");
        run("device_add", card);
        unplug("net0");
    }

    @Test
    void aDeviceWithoutAnIdHasAPath() throws InterruptedException {
        run("device_add", Map.of("driver", "e1000"));
        assertThat(namesIn("/machine/peripheral-anon")).containsExactly("device[0]");
        assertThat(namesIn("/machine/peripheral")).isEmpty();
        assertRejected("DeviceNotFound", "Device 'device[0]' not found", "device_del", Map.of("id", "device[0]"));
        unplug(ANONYMOUS);
        release(client, ANONYMOUS);
        JsonNode gone = nextDeletion();
        assertThat(gone.propertyNames()).containsExactly("path");
        assertThat(gone.path("path").asString()).isEqualTo(ANONYMOUS);
    }

    @Test
    void theNameOfADeviceWithoutAnIdIsNotUsedAgain() throws InterruptedException {
        run("device_add", Map.of("driver", "e1000"));
        run("device_add", Map.of("driver", "e1000", "id", 7)); // QEMU ignores an id that is no text
        unplug(ANONYMOUS);
        release(client, ANONYMOUS);
        assertThat(nextDeletion().path("path").asString()).isEqualTo(ANONYMOUS);
        run("device_add", Map.of("driver", "e1000"));
        assertThat(namesIn("/machine/peripheral-anon")).containsExactlyInAnyOrder("device[1]", "device[2]");
        assertThat(namesIn("/machine/peripheral")).isEmpty();
    }

    @Test
    void argumentsAreChecked() {
        assertRejected("GenericError", "Parameter 'driver' is missing", "device_add", Map.of("id", "net0"));
        assertRejected("GenericError", "Parameter 'id' is missing", "device_del", Map.of());
        assertRejected(
                "GenericError", "Invalid parameter type for 'id', expected: string", "device_del", Map.of("id", 7));
        assertRejected("DeviceNotFound", "Device '/nope' not found", "qom-list", Map.of("path", "/nope"));
    }

    @Test
    void anUnplugMayBeRepeated() {
        Devices devices = Devices.of(client);
        run("device_add", Map.of("driver", "e1000", "id", "net0"));
        assertThatExceptionOfType(UnplugPendingException.class)
                .isThrownBy(() -> devices.unplug("net0", BRIEF).await(SOON));
        Task<?> second = devices.unplug("net0", SOON);
        assertThat(devices.isPlugged("net0").join()).as("after the request").isTrue();
        release(client, "net0");
        second.await(SOON);
        assertThat(devices.isPlugged("net0").join()).isFalse();
    }
}

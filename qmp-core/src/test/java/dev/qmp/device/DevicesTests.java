package dev.qmp.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.NotSentException;
import dev.qmp.error.RejectedException;
import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpEvent;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import dev.qmp.server.QmpServer;
import dev.qmp.server.simulation.DeviceSimulation;
import dev.qmp.server.simulation.DeviceSimulation.GuestReaction;
import dev.qmp.task.Task;
import dev.qmp.task.TaskCancelledException;
import dev.qmp.task.TaskFailedException;
import dev.qmp.task.TaskOutcomeUnknownException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plugs that fail half-way, and guests that do not release a device, on a simulated machine. */
@Timeout(30)
class DevicesTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    /** A limit that passes, but not before a command is answered, on a busy machine either. */
    private static final Duration BRIEF = Duration.ofMillis(500);

    private static final Device DISK = Device.of("virtio-blk-pci", "disk0")
            .withBlockNode(Map.of("driver", "file", "node-name", "file0", "filename", "/disk0"))
            .withDisk(Map.of("driver", "raw", "node-name", "raw0", "file", "file0"));

    private final QmpServer server = QmpServer.builder("tcp:127.0.0.1:0").start();
    private final DeviceSimulation guest = DeviceSimulation.on(server);
    private final QmpClient vm = QmpClient.builder(server.endpoint())
            .reconnect(ReconnectPolicy.never())
            .disconnectTimeout(BRIEF)
            .build();
    private final Devices devices = Devices.of(vm);

    @BeforeEach
    void connect() {
        for (String command : List.of("blockdev-add", "blockdev-del", "netdev_add", "netdev_del")) {
            server.handle(command, given -> QmpJson.object());
        }
        vm.blocking().connect();
    }

    @AfterEach
    void close() {
        vm.close();
        server.close();
    }

    private void reject(String command, String reason) {
        server.handle(command, given -> {
            throw new CommandRejection(reason);
        });
    }

    /** {@return the commands that plug and unplug, as the server received them: name and main argument} */
    private List<String> received() {
        return server.received().stream()
                .filter(command -> command.name().matches("(blockdev|netdev|device).*"))
                .map(DevicesTests::describe)
                .toList();
    }

    private static String describe(QmpCommand command) {
        String id = command.arguments().path("id").asString("");
        return command.name() + " " + command.arguments().path("node-name").asString(id);
    }

    @Test
    @DisplayName("backends come before the device and go after it, in the reverse order")
    void plugsAndUnplugsInOrder() {
        Task<?> plug = devices.plug(DISK);
        plug.await(SOON);
        assertThat(plug.name()).isEqualTo("plug of disk0");
        assertThat(devices.isPlugged("disk0").join()).isTrue();
        devices.unplug(DISK, SOON).await(SOON);
        assertThat(devices.isPlugged("disk0").join()).isFalse();
        assertThat(received())
                .containsExactly(
                        "blockdev-add file0",
                        "blockdev-add raw0",
                        "device_add disk0",
                        "device_del disk0",
                        "blockdev-del raw0",
                        "blockdev-del file0");
    }

    @Test
    @DisplayName("a half-done plug is undone, and fails with the machine's own text")
    void undoesAHalfDonePlug() {
        reject("device_add", "Bus 'pci.0' is full");
        assertThatExceptionOfType(PlugFailedException.class)
                .isThrownBy(() -> devices.plug(DISK).await(SOON))
                .withMessage("plug of disk0 failed: Bus 'pci.0' is full")
                .withCauseInstanceOf(RejectedException.class)
                .satisfies(failed -> assertThat(failed.leftovers()).isEmpty());
        assertThat(received())
                .containsExactly(
                        "blockdev-add file0",
                        "blockdev-add raw0",
                        "device_add disk0",
                        "blockdev-del raw0",
                        "blockdev-del file0");
    }

    @Test
    @DisplayName("an undo that fails is reported with what remains")
    void reportsAFailedUndo() {
        reject("device_add", "Bus 'pci.0' is full");
        reject("blockdev-del", "Node is in use");
        assertThatExceptionOfType(PlugFailedException.class)
                .isThrownBy(() -> devices.plug(DISK).await(SOON))
                .withMessageContaining("not removed: block node raw0, block node file0")
                .satisfies(failed -> {
                    assertThat(failed.leftovers()).extracting(Backend::name).containsExactly("raw0", "file0");
                    assertThat(failed.getSuppressed()).hasSize(2).allMatch(RejectedException.class::isInstance);
                });
    }

    @Test
    @DisplayName("a plug whose reply is lost has an unknown outcome, and nothing is undone")
    void guessesNothingAfterALostReply() {
        server.handle("device_add", given -> {
            server.disconnectClient();
            return QmpJson.object();
        });
        assertThatExceptionOfType(TaskOutcomeUnknownException.class)
                .isThrownBy(() -> devices.plug(DISK).await(SOON))
                .withMessageContaining("device_add")
                .withMessageContaining("block node file0, block node raw0");
        assertThat(received()).noneMatch(command -> command.startsWith("blockdev-del"));
    }

    @Test
    void aCancelledPlugIsUndone() {
        AtomicReference<Task<?>> plug = new AtomicReference<>();
        server.handle("blockdev-add", given -> {
            Task<?> task = plug.get();
            while (task == null) {
                Thread.onSpinWait();
                task = plug.get();
            }
            task.cancel();
            return QmpJson.object();
        });
        plug.set(devices.plug(DISK));
        assertThatExceptionOfType(TaskCancelledException.class)
                .isThrownBy(() -> plug.get().await(SOON));
        assertThat(received()).containsExactly("blockdev-add file0", "blockdev-del file0");
    }

    @Test
    @DisplayName("a guest that refuses is reported at once, and the backends stay")
    void reportsARefusal() {
        devices.plug(DISK).await(SOON);
        guest.onUnplug(GuestReaction.REFUSE);
        assertRefused("DEVICE_UNPLUG_GUEST_ERROR");
    }

    private void assertRefused(String event) {
        assertThatExceptionOfType(UnplugFailedException.class)
                .isThrownBy(() -> devices.unplug(DISK, Duration.ofHours(1)).await(SOON))
                .withMessageContaining(event)
                .satisfies(failed -> {
                    assertThat(failed.isDeviceGone()).isFalse();
                    assertThat(failed.event().name()).isEqualTo(event);
                    assertThat(failed.leftovers()).isEmpty();
                });
        assertThat(received()).noneMatch(command -> command.startsWith("blockdev-del"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 0x80, 0x83})
    @DisplayName("ACPI's codes of a refused ejection are a refusal, and those of other devices and of progress are not")
    void reportsARefusalByAcpi(int status) {
        devices.plug(DISK).await(SOON);
        server.handle("device_del", given -> {
            server.emit(ost("disk1", 3, status));
            server.emit(ost("disk0", 0, status));
            server.emit(ost("disk0", 3, 0x84));
            server.emit(ost("disk0", 3, status));
            return QmpJson.object();
        });
        assertRefused("ACPI_DEVICE_OST");
    }

    private static QmpEvent ost(String device, int source, int status) {
        Map<String, Object> info =
                Map.of("device", device, "slot", "0", "slot-type", "DIMM", "source", source, "status", status);
        return QmpEvent.of("ACPI_DEVICE_OST", Map.of("info", info));
    }

    @Test
    @DisplayName("a guest that ignores the request is reported after the limit; the device may go later")
    void reportsAPendingUnplug() {
        devices.plug(DISK).await(SOON);
        guest.onUnplug(GuestReaction.IGNORE);
        assertThatExceptionOfType(UnplugPendingException.class)
                .isThrownBy(() -> devices.unplug(DISK, BRIEF).await(SOON))
                .withMessage("unplug of disk0 is pending: the guest did not react within 500 ms, and may still release"
                        + " the device");
        assertThat(received()).noneMatch(command -> command.startsWith("blockdev-del"));
        guest.release("disk0");
        devices.removeBackends(DISK).join();
        assertThat(received()).endsWith("blockdev-del raw0", "blockdev-del file0");
    }

    @Test
    @DisplayName("a repeated unplug of a device that the guest has released meanwhile removes the backends")
    void removesTheBackendsOfADeviceThatIsGone() {
        devices.plug(DISK).await(SOON);
        guest.onUnplug(GuestReaction.IGNORE);
        assertThatExceptionOfType(UnplugPendingException.class)
                .isThrownBy(() -> devices.unplug(DISK, BRIEF).await(SOON));
        guest.release("disk0");
        devices.unplug(DISK, SOON).await(SOON);
        assertThat(received()).endsWith("device_del disk0", "blockdev-del raw0", "blockdev-del file0");
    }

    @Test
    @DisplayName("a device that is gone without an event counts as unplugged after the limit")
    void noticesADeviceThatIsGoneWithoutEvent() {
        devices.plug(DISK).await(SOON);
        server.handle("device_del", given -> QmpJson.object());
        server.handle("qom-list", CommandHandler.returning(List.of()));
        devices.unplug(DISK, BRIEF).await(SOON);
        assertThat(received()).endsWith("blockdev-del raw0", "blockdev-del file0");
    }

    @Test
    @DisplayName("backends that someone else has removed are no leftovers")
    void ignoresBackendsThatAreGone() {
        Device card = Device.of("virtio-net-pci", "net0").withNetwork(Map.of("type", "user", "id", "host0"));
        server.handle("blockdev-del", CommandHandler.rejecting("GenericError", "Failed to find node"));
        server.handle("netdev_del", CommandHandler.rejecting("DeviceNotFound", "Device 'host0' not found"));
        server.handle("query-named-block-nodes", CommandHandler.returning(List.of()));
        devices.removeBackends(DISK).join();
        devices.removeBackends(card).join();
        assertThatExceptionOfType(RejectedException.class)
                .as("there is neither a device nor a backend")
                .isThrownBy(() -> devices.unplug(DISK, SOON).await(SOON));
    }

    @Test
    @DisplayName("a netdev is not removed for a device that does not exist, because another device may use it")
    void keepsANetdevWithoutItsDevice() {
        Device card = Device.of("virtio-net-pci", "nope").withNetwork(Map.of("type", "user", "id", "host0"));
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> devices.unplug(card, SOON).await(SOON));
        assertThat(received()).noneMatch(command -> command.startsWith("netdev_del"));
    }

    @Test
    @DisplayName("an unplug cannot be cancelled, because QEMU cannot take it back")
    void refusesToCancelAnUnplug() {
        devices.plug(DISK).await(SOON);
        server.handle("device_del", given -> QmpJson.object());
        Task<?> unplug = devices.unplug(DISK, SOON);
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> unplug.cancel().join())
                .withCauseInstanceOf(TaskFailedException.class);
        assertThat(unplug.isDone()).isFalse();
        awaitDeviceDel();
        guest.release("disk0");
        unplug.await(SOON);
    }

    private void awaitDeviceDel() {
        try {
            server.awaitReceived("device_del", SOON);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("an unplug whose session ends has an unknown outcome")
    void guessesNothingAfterALostSession() {
        devices.plug(DISK).await(SOON);
        guest.onUnplug(GuestReaction.IGNORE);
        Task<?> unplug = devices.unplug(DISK, SOON);
        awaitDeviceDel();
        server.disconnectClient().join();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> unplug.await(SOON));
    }

    @Test
    void reportsBackendsThatRemain() {
        devices.plug(DISK).await(SOON);
        reject("blockdev-del", "Node is in use");
        assertThatExceptionOfType(UnplugFailedException.class)
                .isThrownBy(() -> devices.unplug(DISK, SOON).await(SOON))
                .withMessageContaining("Node is in use")
                .satisfies(failed -> {
                    assertThat(failed.isDeviceGone()).isTrue();
                    assertThat(failed.leftovers())
                            .isEqualTo(List.of(
                                    DISK.backends().get(1), DISK.backends().get(0)));
                });
    }

    @Test
    @DisplayName("a request that was certainly not executed is reported as the command's own failure")
    void passesOnTheFailureOfTheRequest() {
        assertThatExceptionOfType(RejectedException.class)
                .isThrownBy(() -> devices.unplug("nope", SOON).await(SOON));
        vm.blocking().disconnect();
        assertThatExceptionOfType(NotSentException.class)
                .isThrownBy(() -> devices.unplug("nope", SOON).await(SOON));
        assertThatExceptionOfType(PlugFailedException.class)
                .isThrownBy(() -> devices.plug(DISK).await(SOON))
                .withCauseInstanceOf(NotSentException.class);
    }

    @Test
    void refusesIncompleteDescriptions() {
        assertThatIllegalArgumentException().isThrownBy(() -> Device.of(" ", "a"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DISK.with("id", "b"))
                .withMessageContaining("Device.of");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DISK.withDisk(Map.of("driver", "file")))
                .withMessageContaining("node-name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DISK.withNetwork(List.of()))
                .withMessageContaining("'id'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DISK.withDisk(Map.of("node-name", "raw0")))
                .withMessageContaining("twice");
        assertThatIllegalArgumentException().isThrownBy(() -> devices.unplug("a", Duration.ZERO));
        assertThat(DISK).hasToString("Device[disk0, [block node file0, block node raw0]]");
    }
}

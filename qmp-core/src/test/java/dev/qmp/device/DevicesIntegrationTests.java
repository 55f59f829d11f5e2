package dev.qmp.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.qmp.QmpClient;
import dev.qmp.ReconnectPolicy;
import dev.qmp.error.RejectedException;
import dev.qmp.event.EventFilter;
import dev.qmp.event.Operation;
import dev.qmp.qapi.command.QueryNamedBlockNodes;
import dev.qmp.qapi.command.SystemReset;
import dev.qmp.qapi.type.BlockDeviceInfo;
import dev.qmp.task.Task;
import dev.qmp.task.TaskOutcomeUnknownException;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Disks and network cards that come and go on a real QEMU, whose firmware ignores requests to release PCI devices. */
@RequiresQemu
@Timeout(60)
class DevicesIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Map<String, Object> NODE =
            Map.of("driver", "null-co", "node-name", "node0", "size", 1 << 20, "read-zeroes", true);

    private static final Device DISK =
            Device.of("scsi-hd", "disk0").withDisk(NODE).with("serial", "D-0001");
    private static final Device PCI_DISK = Device.of("virtio-blk-pci", "disk0").withDisk(NODE);
    private static final Device CARD =
            Device.of("usb-net", "net0").withNetwork(Map.of("type", "hubport", "id", "hub0", "hubid", 0));

    private static Qemu qemu;
    private static QmpClient vm;

    @BeforeAll
    static void start() {
        qemu = Qemu.withMachine(
                "pc,accel=tcg", "-device", "virtio-scsi-pci,id=scsi0", "-device", "piix3-usb-uhci,id=usb0");
        restart();
    }

    private static void restart() {
        qemu.restart();
        vm = QmpClient.builder(qemu.endpoint())
                .reconnect(ReconnectPolicy.never())
                .build();
        vm.blocking().connect();
    }

    @AfterAll
    static void stop() {
        vm.close();
        qemu.close();
    }

    private static List<String> nodes() {
        return vm.blocking().execute(QueryNamedBlockNodes.command()).stream()
                .map(BlockDeviceInfo::nodeName)
                .toList();
    }

    @Test
    void aDiskComesAndGoesWithItsBlockNode() {
        Devices devices = Devices.of(vm);
        devices.plug(DISK).await(SOON);
        assertThat(devices.isPlugged("disk0").join()).isTrue();
        assertThat(nodes()).contains("node0");

        devices.unplug(DISK, SOON).await(SOON);
        assertThat(devices.isPlugged("disk0").join()).isFalse();
        assertThat(nodes()).doesNotContain("node0");
    }

    @Test
    @DisplayName("a network card comes and goes with its netdev, twice, so that nothing of it was left")
    void aNetworkCardComesAndGoesWithItsNetdev() {
        for (int i = 0; i < 2; i++) {
            Devices.of(vm).plug(CARD).await(SOON);
            Devices.of(vm).unplug(CARD, SOON).await(SOON);
        }
    }

    @Test
    @DisplayName("a device that QEMU refuses leaves no block node behind")
    void undoesAHalfDonePlug() {
        assertThatExceptionOfType(PlugFailedException.class)
                .isThrownBy(() -> Devices.of(vm).plug(DISK.with("nonsense", 1)).await(SOON))
                .withCauseInstanceOf(RejectedException.class)
                .withMessageContaining("nonsense")
                .satisfies(failed -> assertThat(failed.leftovers()).isEmpty());
        assertThat(nodes()).doesNotContain("node0");
    }

    @Test
    @DisplayName("backends that someone else has removed are no leftovers")
    void ignoresBackendsThatAreGone() {
        Devices.of(vm).removeBackends(DISK).join();
        Devices.of(vm).removeBackends(CARD).join();
    }

    @Test
    @DisplayName("firmware ignores the request: pending, and the next reset releases the device")
    void aDeviceGoesLater() {
        Devices devices = Devices.of(vm);
        devices.plug(PCI_DISK).await(SOON);
        assertThatExceptionOfType(UnplugPendingException.class)
                .isThrownBy(
                        () -> devices.unplug(PCI_DISK, Duration.ofSeconds(1)).await(SOON));
        assertThat(devices.isPlugged("disk0").join()).isTrue();

        vm.blocking()
                .run(Operation.of(
                        SystemReset.command(),
                        EventFilter.named("DEVICE_DELETED").with("device", "disk0"),
                        SOON));
        assertThat(devices.isPlugged("disk0").join()).isFalse();
        devices.removeBackends(PCI_DISK).join();
        assertThat(nodes()).doesNotContain("node0");
    }

    @Test
    @RequiresQemu(from = "7.2", reason = "5.2 repeats the request on this machine type")
    @DisplayName("a request before the guest's first start is not repeated, and the next reset releases the device")
    void aRequestBeforeTheFirstStartIsNotRepeated() {
        try (Qemu stopped = Qemu.withMachine("pc,accel=tcg", "-S")) {
            stopped.restart();
            try (QmpClient client = QmpClient.builder(stopped.endpoint()).build()) {
                client.blocking().connect();
                Devices devices = Devices.of(client);
                devices.plug(PCI_DISK).await(SOON);
                Task<?> first = devices.unplug(PCI_DISK, SOON);
                assertThatExceptionOfType(RejectedException.class)
                        .isThrownBy(() -> devices.unplug(PCI_DISK, SOON).await(SOON))
                        .withMessageContaining("Device disk0 is already in the process of unplug");
                client.blocking().execute(SystemReset.command());
                first.await(SOON);
            }
        }
    }

    @Test
    @RequiresQemu(from = "7.2", reason = "5.2 has no such property, because this kind of hotplug is its only one")
    @DisplayName(
            "PCI Express hotplug without ACPI: if no guest has switched on the slot, QEMU removes the device alone")
    void aDeviceInASlotWithoutPowerNeedsNoGuest() {
        try (Qemu express = Qemu.withMachine(
                "q35,accel=tcg",
                "-S",
                "-global",
                "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
                "-device",
                "pcie-root-port,id=port0,chassis=1")) {
            express.restart();
            try (QmpClient client = QmpClient.builder(express.endpoint()).build()) {
                client.blocking().connect();
                Device disk = PCI_DISK.with("bus", "port0");
                Devices.of(client).plug(disk).await(SOON);
                Devices.of(client).unplug(disk, SOON).await(SOON);
            }
        }
    }

    @Test
    void anUnplugOfAKilledMachineHasAnUnknownOutcome() {
        Devices.of(vm).plug(PCI_DISK).await(SOON);
        Task<?> unplug = Devices.of(vm).unplug(PCI_DISK, SOON);
        assertThat(Devices.of(vm).isPlugged("disk0").join())
                .as("after the request")
                .isTrue();
        qemu.kill();
        assertThatExceptionOfType(TaskOutcomeUnknownException.class).isThrownBy(() -> unplug.await(SOON));
        vm.close();
        restart();
    }
}

package dev.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.process.QemuLauncher;
import dev.qmp.process.QemuProcess;
import dev.qmp.testing.JavaExamples;
import dev.qmp.testing.PoliteGuest;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The first lines of each page on a task work on a real QEMU. Only paths and names of devices differ. */
@Timeout(90)
@RequiresQemu
class GuideIntegrationTests {

    private static final Map<String, String> NOTHING = Map.of();

    @TempDir
    private Path folder;

    /** Runs the first example of a page. */
    private void run(String page, Map<String, String> replaced, QmpClient vm) throws Exception {
        String example = JavaExamples.in(Path.of("docs", "guide", page)).get(0);
        for (Map.Entry<String, String> entry : replaced.entrySet()) {
            assertThat(example).contains(entry.getKey());
            example = example.replace(entry.getKey(), entry.getValue());
        }
        Path classes = Files.createDirectories(folder.resolve("classes"));
        JavaExamples.run(DocumentationTests.IMPORTS, example, classes, vm, LoggerFactory.getLogger("guide"));
    }

    private void run(String page, Map<String, String> replaced, String machine, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-machine", machine, "-display", "none", "-nodefaults"));
        arguments.addAll(Arrays.asList(more));
        try (QemuProcess process =
                QemuLauncher.of("qemu-system-x86_64").withArguments(arguments).startAndWait()) {
            run(page, replaced, process.client());
        }
    }

    private String image(String name) throws IOException {
        return Files.write(folder.resolve(name), new byte[1 << 20]).toString();
    }

    @Test
    void jobs() throws Exception {
        run(
                "jobs.md",
                NOTHING,
                "none",
                "-blockdev",
                "null-co,node-name=disk0,size=1048576,read-zeroes=on",
                "-blockdev",
                "null-co,node-name=backup0,size=1048576,read-zeroes=on");
    }

    /** The firmware ignores an unplug of a PCI device, other than that of a SCSI disk. */
    @Test
    void devices() throws Exception {
        run(
                "devices.md",
                Map.of("virtio-blk-pci", "scsi-hd", "/images/disk0.raw", image("disk0.raw")),
                "pc,accel=tcg",
                "-device",
                "virtio-scsi-pci,id=scsi0");
    }

    @Test
    void media() throws Exception {
        run("media.md", Map.of("/images/tools.iso", image("tools.iso")), "pc,accel=tcg", "-device", "ide-cd,id=cd0");
    }

    @Test
    void migration() throws Exception {
        try (Qemu destination = Qemu.withMachine("pc,accel=tcg", "-m", "16", "-incoming", "defer")) {
            destination.restart();
            run(
                    "migration.md",
                    Map.of(
                            "unix:/run/vm1-new.qmp",
                            "unix:" + destination.socket(),
                            "/run/vm1.migration",
                            folder.resolve("migration").toString(),
                            "info.downtime());",
                            "info.downtime());\ndestination.close();"),
                    "pc,accel=tcg",
                    "-m",
                    "16");
        }
    }

    @Test
    void power() throws Exception {
        PoliteGuest guest = new PoliteGuest(folder);
        List<String> arguments = new ArrayList<>(guest.arguments());
        try (Qemu machine = Qemu.withMachine("pc,accel=tcg", arguments.toArray(String[]::new));
                QmpClient vm = QmpClient.builder(machine.endpoint()).build()) {
            machine.restart();
            vm.blocking().connect();
            await().until(guest::isReady);
            run("power.md", NOTHING, vm);
            await().until(() -> !machine.isAlive());
        }
    }

    @Test
    void processes() throws Exception {
        try (QmpClient unused = QmpClient.builder("unix:/nowhere").build()) {
            run("processes.md", NOTHING, unused);
        }
    }

    @Test
    void screen() throws Exception {
        run("screen.md", NOTHING, "pc,accel=tcg", "-device", "VGA");
    }

    @Test
    void input() throws Exception {
        run("input.md", NOTHING, "pc,accel=tcg", "-device", "VGA", "-usb", "-device", "usb-tablet");
    }

    @Test
    void hmp() throws Exception {
        run("hmp.md", Map.of("/tmp/first page", folder + "/first page"), "pc,accel=tcg", "-smp", "2");
        assertThat(folder.resolve("first page")).hasSize(4096);
    }

    @Test
    void statistics() throws Exception {
        run("statistics.md", NOTHING, "pc,accel=tcg");
    }

    @Test
    @RequiresQemu(from = "11.1", reason = "monitors are objects since QEMU 11.1")
    void secondMonitor() throws Exception {
        run(
                "second-monitor.md",
                Map.of("/run/vm1-backup.qmp", folder.resolve("backup.qmp").toString()),
                "none");
    }
}

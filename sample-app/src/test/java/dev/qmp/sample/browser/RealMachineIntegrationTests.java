package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresQemu;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The pages, with a real QEMU and its firmware. */
@RequiresTool(Tool.BROWSER)
class RealMachineIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    @RequiresQemu
    void showsThePausesAndTheDeathOfARealMachine() throws Exception {
        try (Qemu qemu = Qemu.withMachine("pc,accel=tcg", "-vga", "std", "-m", "64");
                Browser browser = new Browser()) {
            qemu.restart();
            try (RunningSample sample = new RunningSample("--qmp.connection.vm1.address=" + qemu.endpoint())) {
                browser.open(sample.page(""));
                browser.awaitText(".card .word", "running");
                await("firmware on the screen").atMost(SOON).until(() -> browser.colours(".card canvas") > 1);

                browser.click(".card button[data-action=pause]");
                browser.awaitText(".card .word", "paused");
                assertThat(guestStatus(qemu)).isEqualTo("paused");
                browser.click(".card button[data-action=resume]");
                browser.awaitText(".card .word", "running");
                assertThat(guestStatus(qemu)).isEqualTo("running");

                qemu.kill();
                browser.awaitText(".card .word", "crashed");
                browser.awaitText(".card .ended", "Crashed at ");
                qemu.restart();
                browser.awaitText(".card .word", "running");
            }
        }
    }

    /** An e1000 does not answer query-rx-filter. A mirror that is ready waits until it is completed. */
    @Test
    @RequiresQemu
    void tellsOfItsNetworkCardAndItsJobs() throws Exception {
        try (Qemu qemu = Qemu.withMachine(
                        "pc,accel=tcg",
                        "-device",
                        "e1000,id=net7",
                        "-blockdev",
                        "null-co,node-name=disk,size=1048576",
                        "-blockdev",
                        "null-co,node-name=copy,size=1048576");
                Browser browser = new Browser()) {
            qemu.restart();
            try (RunningSample sample = new RunningSample("--qmp.connection.vm1.address=" + qemu.endpoint())) {
                browser.open(sample.page("vm/vm1"));
                browser.awaitText(".tables", "net78086:100e");
                Map<String, ?> mirror = Map.of("job-id", "m1", "device", "disk", "target", "copy", "sync", "full");
                sample.api().execute(Map.of("execute", "blockdev-mirror", "arguments", mirror));
                browser.awaitText("[data-job=m1] .chip", "ready");
                browser.click("[data-job=m1] button");
                browser.awaitText(".ended", "mirror · m1completed");
                sample.api().execute(Map.of("execute", "migrate", "arguments", Map.of("uri", "exec:exit 1")));
                browser.awaitText(".ended", "migrationfailed");
            }
        }
    }

    /** Asks on another monitor, which knows nothing of the sample. */
    private static String guestStatus(Qemu qemu) {
        try (QmpClient oracle = QmpClient.builder(qemu.oracle()).build()) {
            oracle.blocking().connect();
            return oracle.blocking().execute("query-status").get("status").stringValue();
        }
    }
}
